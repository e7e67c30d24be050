import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Answer, startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";

/**
 * Facts about Azure's answers: requests, statuses, names of members, codes. Each file names the recording that is the source of
 * its facts. The files contain no messages of Azure; other tests check those.
 */
interface Recording {
  readonly repository: string;
  readonly file: string;
  /** Whether the local Azure was changed because of this recording. */
  readonly tuned: boolean;
  /** The API version that replaces a retired preview. Default: the recorded version. */
  readonly apiVersion?: string;
  /** Other differences from the recorded requests, and additional requests before them, with reasons. Default: none. */
  readonly changed?: string;
  readonly exchanges: readonly Exchange[];
}

interface Exchange {
  readonly method: string;
  /** `graph:`, `arm:`, `vault:` or `entra:`, then a path. `{name}` is a value from an earlier answer, and `{name:last}` its last segment. */
  readonly url: string;
  readonly body?: object;
  readonly form?: Readonly<Record<string, string>>;
  readonly anonymous?: boolean;
  /** Whether a principal without a role sends the request. Default: the deployer sends it. */
  readonly stranger?: boolean;
  /** Seconds since the previous exchange. */
  readonly after?: number;
  readonly status: number;
  readonly code?: string;
  readonly inner?: string;
  readonly members?: readonly string[];
  readonly absent?: readonly string[];
  /** The exact names of the body's members. Default: the body can have other members. */
  readonly only?: readonly string[];
  readonly values?: Readonly<Record<string, unknown>>;
  readonly headers?: readonly string[];
  readonly learn?: Readonly<Record<string, string>>;
}

interface KnownDifference {
  readonly recording: string;
  readonly difference: string;
  readonly reason: string;
}

const folder = path.join(__dirname, "recordings");
const read = <T>(name: string): T => JSON.parse(readFileSync(path.join(folder, name), "utf8"));
const known = read<KnownDifference[]>("differences.json");
const names = readdirSync(folder).filter((name) => name !== "differences.json");

let azure: TestAzure;
let now = Date.now();

beforeAll(async () => {
  azure = await startTestAzure({
    clock: () => now,
    faults: { secretOperationSeconds: 20 },
    deployerPermissions: ["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"],
  });
  await azure.arm("PUT", "/resourceGroups/recorded", "2024-03-01", { location: "westeurope" });
});
afterAll(() => azure.close());

it.each(names)(
  "%s: the local Azure answers as recorded, except for the differences in differences.json",
  async (name) => {
    const found = await differencesOf(read<Recording>(name), `recorded-${names.indexOf(name)}`);
    const listed = known.filter(({ recording }) => recording === name).map(({ difference }) => difference);
    expect(found).toEqual(listed);
  },
);

it("differences.json has a reason for each difference, and not more differences than before", () => {
  expect(known.filter(({ reason, recording }) => reason.length < 20 || !names.includes(recording))).toEqual([]);
  expect(known.length).toBeLessThanOrEqual(15);
});

/** Creates a vault in which the deployer has all permissions for secrets. @returns its address */
async function createVault(name: string): Promise<string> {
  const { tenant, deployer } = azure.azure;
  const objectId = tenant.servicePrincipalOf(deployer.ARM_CLIENT_ID)?.id;
  const path = `/resourceGroups/recorded/providers/Microsoft.KeyVault/vaults/${name}`;
  const { body } = await azure.arm("PUT", path, "2026-02-01", {
    location: "westeurope",
    properties: {
      tenantId: tenant.id,
      sku: { family: "A", name: "standard" },
      softDeleteRetentionInDays: 7,
      enableRbacAuthorization: false,
      accessPolicies: [{ tenantId: tenant.id, objectId, permissions: { secrets: ["all"] } }],
    },
  });
  return body.properties.vaultUri.replace(/\/$/, "");
}

async function differencesOf({ exchanges }: Recording, vault: string): Promise<string[]> {
  const { deployer, subscriptionId, tenantId } = azure.azure;
  const vaultUri = await createVault(vault);
  const learned: Record<string, string> = {
    subscription: subscriptionId,
    tenant: tenantId,
    group: "recorded",
    vault,
    authority: azure.azure.authority,
    client: deployer.ARM_CLIENT_ID,
    secret: deployer.ARM_CLIENT_SECRET,
    caller: azure.azure.tenant.servicePrincipalOf(deployer.ARM_CLIENT_ID)?.id ?? "",
  };
  const translated = (text: string) =>
    text.replace(/\{(\w+)(:last)?\}/g, (all, name, last) =>
      last ? (learned[name] ?? all).replace(/.*\//, "") : (learned[name] ?? all),
    );
  const found: string[] = [];
  for (const exchange of exchanges) {
    now += (exchange.after ?? 0) * 1000;
    const answer = await send(exchange, translated, vaultUri);
    const place = `${exchange.method} ${exchange.url.split("?")[0]}`;
    const { values = {}, ...facts } = exchange;
    const recorded = { ...facts, values: JSON.parse(translated(JSON.stringify(values))) };
    found.push(...differences(recorded, answer).map((difference) => `${place}: ${difference}`));
    for (const [as, member] of Object.entries(exchange.learn ?? {})) learned[as] = String(valueAt(answer.body, member));
  }
  return [...new Set(found)];
}

async function send(
  { method, url, body, form, anonymous, stranger }: Exchange,
  translated: (text: string) => string,
  vaultUri: string,
): Promise<Answer> {
  const [api = "", rest = ""] = translated(url).split(/:(.*)/s);
  const { authority } = azure.azure;
  const bases: Record<string, string> = {
    graph: `${authority}/graph`,
    arm: authority,
    vault: vaultUri,
    entra: authority,
  };
  const audience: Record<string, string> = { graph: "graph", arm: "arm", vault: "https://vault.azure.net" };
  const asked = audience[api];
  const token =
    anonymous || form || asked === undefined
      ? undefined
      : await (stranger ? strangerToken(asked) : azure.deployerToken(asked));
  return azure.send(method, encodeURI(`${bases[api]}${rest}`), {
    token,
    json: body && JSON.parse(translated(JSON.stringify(body))),
    form: form && JSON.parse(translated(JSON.stringify(form))),
    headers: { "x-ms-client-request-id": "9f2c7c50-3b0f-4d0c-8b0e-0c5f6f0b7a11" },
  });
}

/** A token of a new service principal without any role. */
async function strangerToken(audience: string): Promise<string> {
  const app = (await azure.graph("POST", "/v1.0/applications", { displayName: "stranger" })).body;
  await azure.graph("POST", "/v1.0/servicePrincipals", { appId: app.appId });
  const password = await azure.graph("POST", `/v1.0/applications/${app.id}/addPassword`, {});
  const apis: Record<string, string> = {
    graph: "https://graph.microsoft.com",
    arm: "https://management.core.windows.net/",
  };
  const scope = `${apis[audience] ?? audience}/.default`;
  const secret = { client_id: app.appId, client_secret: password.body.secretText };
  return (await azure.askForToken({ grant_type: "client_credentials", scope, ...secret })).body.access_token;
}

function differences(recorded: Exchange, { status, body, headers }: Answer): string[] {
  if (status !== recorded.status) return [`status ${status}, recorded ${recorded.status}`];
  const { code, inner, members = [], absent = [], only, values = {}, headers: named = [] } = recorded;
  const names = only ? Object.keys(body ?? {}).filter((name) => !only.includes(name)) : [];
  const expected = {
    ...values,
    ...(code ? { "error.code": code } : {}),
    ...(inner ? { "error.innererror.code": inner } : {}),
  };
  return [
    ...[...members, ...(only ?? [])]
      .filter((member) => valueAt(body, member) === undefined)
      .map((member) => `has no ${member}`),
    ...[...absent.filter((member) => valueAt(body, member) !== undefined), ...names].map((member) => `has ${member}`),
    ...named.filter((header) => !headers.has(header)).map((header) => `has no header ${header}`),
    ...Object.entries(expected)
      .filter(([member, value]) => valueAt(body, member) !== value)
      .map(([member, value]) => `${member} is ${valueAt(body, member)}, recorded ${value}`),
  ];
}

/** The value of a member. Dots separate nested members, but `@odata.context` is one name. */
const valueAt = (body: unknown, member: string): unknown =>
  (member.startsWith("@") ? [member] : member.split(/\.(?!type|context)|\.(?=type$)(?<!@odata\.)/)).reduce(
    (inner, name) => (inner as Record<string, unknown> | null | undefined)?.[name],
    body,
  );
