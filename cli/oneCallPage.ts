import { readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { inventory } from "@microservice-identities/runtime/samples/inventory";
import { guardOf } from "@microservice-identities/runtime/samples/service";
import { Agent, fetch } from "undici";
import { CommandError, command, exitCodeOf } from "./command";
import { projectFolder } from "./projectFolder";

type Json = Record<string, unknown>;
interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: Json;
  readonly form?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly json: Json;
  readonly challenge: string | null;
}

/** Makes requests, and writes them down as `curl` commands with their answers: real ones, but for secrets and names. */
class Recorder {
  readonly text: string[] = [];
  /** What is shown in place of a value. */
  private readonly names = new Map<string, string>();
  private readonly dispatcher: Agent;

  constructor(caCertificate: string) {
    this.dispatcher = new Agent({ connect: { ca: caCertificate } });
  }

  /** From now on a value is shown by a name. */
  name(value: unknown, name: string): void {
    this.names.set(String(value), name);
  }

  say(...lines: readonly string[]): void {
    this.text.push(...lines, "");
  }

  /** Makes a request, and writes nothing down. */
  async ask({ method, url, headers = {}, json, form }: Request): Promise<Answer> {
    const body = json ? JSON.stringify(json) : form ? new URLSearchParams(form).toString() : null;
    const type = json ? "application/json" : form ? "application/x-www-form-urlencoded" : undefined;
    const response = await fetch(url, {
      method,
      body,
      headers: { ...headers, ...(type ? { "content-type": type } : {}) },
      dispatcher: this.dispatcher,
    });
    const text = await response.text();
    const answer = text ? (JSON.parse(text) as Json) : {};
    return { status: response.status, json: answer, challenge: response.headers.get("www-authenticate") };
  }

  async send(request: Request, shown: readonly string[] | "all" = "all"): Promise<Answer> {
    const { method, url, headers = {}, json, form } = request;
    const answered = await this.ask(request);
    const { status, json: answer, challenge } = answered;
    const curl = [
      `curl --request ${method} '${url}'`,
      ...Object.entries(headers).map(([name, value]) => `--header '${name}: ${value}'`),
      ...(json ? ["--header 'content-type: application/json'", `--data '${JSON.stringify(json)}'`] : []),
      ...(form ? Object.entries(form).map(([name, value]) => `--data-urlencode '${name}=${value}'`) : []),
    ].join(" \\\n  ");
    const part = shown === "all" ? answer : Object.fromEntries(shown.map((key) => [key, answer[key]]));
    this.text.push(
      "```sh",
      curl,
      "```",
      "",
      "```http",
      `HTTP/1.1 ${status}`,
      ...(challenge ? [`www-authenticate: ${challenge}`] : []),
      ...(Object.keys(part).length > 0 ? ["", JSON.stringify(part, null, 2)] : []),
      "```",
      "",
    );
    return answered;
  }

  close(): Promise<void> {
    return this.dispatcher.close();
  }

  /** All of it. What became known by an answer is named in the requests before it too. */
  masked(): string {
    let shown = this.text.join("\n");
    // The longest first: one address may be the beginning of another.
    for (const [value, name] of [...this.names].sort(([one], [other]) => other.length - one.length))
      shown = shown.replaceAll(value, name);
    return shown
      .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, "eyJ…")
      .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "…")
      .replace(/(Trace ID|Correlation ID): [0-9a-f-]{36}/g, "$1: …")
      .replace(/"(trace_id|correlation_id|client-request-id|request-id)": ?"[^"]*"/g, '"$1": "…"');
  }
}

/** @returns the page */
async function walk(azure: LocalAzure): Promise<string> {
  const { authority, tenantId, subscriptionId, deployer } = azure;
  const recorder = new Recorder(azure.caCertificate);
  const certificate = await azure.serverCertificate();
  const graph = `${authority}/graph/v1.0`;
  const tokenEndpoint = `${authority}/${tenantId}/oauth2/v2.0/token`;
  recorder.name(`${authority}/graph`, "https://graph.microsoft.com");
  recorder.name(`${authority}/subscriptions`, "https://management.azure.com/subscriptions");
  recorder.name(authority, "https://login.microsoftonline.com");
  recorder.name(tenantId, "{tenant}");
  recorder.name(subscriptionId, "{subscription}");

  const deployerToken = async (audience: string) => {
    const form = {
      grant_type: "client_credentials",
      client_id: deployer.ARM_CLIENT_ID,
      client_secret: deployer.ARM_CLIENT_SECRET,
      scope: `${audience}/.default`,
    };
    const { json } = await recorder.ask({ method: "POST", url: tokenEndpoint, form });
    return { authorization: `Bearer ${json.access_token}` };
  };
  const asDeployer = await deployerToken(`${authority}/graph`);
  const asArmDeployer = await deployerToken("https://management.core.windows.net/");

  recorder.say(
    "## 1. Registration",
    "",
    "The API `inventory` is registered, with an app role that other applications may hold, and closed to who holds none.",
  );
  const roleId = "b6a3c2b4-6f0e-4d39-9d5b-0b6f6a0f7c11";
  recorder.name(roleId, "{id of Inventory.Write}");
  const role = {
    id: roleId,
    value: "Inventory.Write",
    displayName: "Inventory.Write",
    description: "Reserve, release and correct stock.",
    isEnabled: true,
    allowedMemberTypes: ["Application"],
  };
  const api = await recorder.send(
    {
      method: "POST",
      url: `${graph}/applications`,
      headers: asDeployer,
      json: {
        displayName: "inventory-dev",
        signInAudience: "AzureADMyOrg",
        api: { requestedAccessTokenVersion: 2 },
        appRoles: [role],
      },
    },
    ["id", "appId", "displayName"],
  );
  recorder.name(api.json.id, "{object id of inventory}");
  recorder.name(api.json.appId, "{client id of inventory}");
  await recorder.send({
    method: "PATCH",
    url: `${graph}/applications/${api.json.id}`,
    headers: asDeployer,
    json: { identifierUris: [`api://${api.json.appId}`] },
  });
  const apiPrincipal = await recorder.send(
    {
      method: "POST",
      url: `${graph}/servicePrincipals`,
      headers: asDeployer,
      json: { appId: api.json.appId, appRoleAssignmentRequired: true },
    },
    ["id"],
  );
  recorder.name(apiPrincipal.json.id, "{service principal of inventory}");

  recorder.say(
    "The caller `fulfillment` is registered: it asks for the role, and the administrator's consent is the assignment.",
  );
  const caller = await recorder.send(
    {
      method: "POST",
      url: `${graph}/applications`,
      headers: asDeployer,
      json: {
        displayName: "fulfillment-dev",
        signInAudience: "AzureADMyOrg",
        requiredResourceAccess: [{ resourceAppId: api.json.appId, resourceAccess: [{ id: roleId, type: "Role" }] }],
      },
    },
    ["id", "appId", "displayName"],
  );
  recorder.name(caller.json.id, "{object id of fulfillment}");
  recorder.name(caller.json.appId, "{client id of fulfillment}");
  const callerPrincipal = await recorder.send(
    { method: "POST", url: `${graph}/servicePrincipals`, headers: asDeployer, json: { appId: caller.json.appId } },
    ["id"],
  );
  recorder.name(callerPrincipal.json.id, "{service principal of fulfillment}");

  recorder.say("## 2. A secret, and where it is kept", "", "Entra shows a client secret once, when it makes it.");
  const password = await recorder.send(
    {
      method: "POST",
      url: `${graph}/applications/${caller.json.id}/addPassword`,
      headers: asDeployer,
      json: { passwordCredential: { displayName: "window 2026-11-01", endDateTime: "2027-04-30T00:00:00Z" } },
    },
    ["displayName", "endDateTime", "keyId", "secretText"],
  );
  const secret = String(password.json.secretText);
  recorder.name(secret, "{client secret}");
  recorder.name(password.json.keyId, "{key id}");
  const group = `${authority}/subscriptions/${subscriptionId}/resourceGroups/rg-shop-dev`;
  await recorder.ask({
    method: "PUT",
    url: `${group}?api-version=2024-03-01`,
    headers: asArmDeployer,
    json: { location: "westeurope" },
  });
  const created = await recorder.ask({
    method: "PUT",
    url: `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-fulfillment-dev?api-version=2023-01-31`,
    headers: asArmDeployer,
    json: { location: "westeurope" },
  });
  const identity = created.json as { id: string; properties: { principalId: string; clientId: string } };
  recorder.name(identity.properties.principalId, "{principal of the managed identity}");
  recorder.name(identity.properties.clientId, "{client id of the managed identity}");
  recorder.say("Its own vault lets the service's managed identity `get` secrets, and nobody do anything else.");
  const vault = (
    await recorder.send(
      {
        method: "PUT",
        url: `${group}/providers/Microsoft.KeyVault/vaults/fulfillment-x1y2z3?api-version=2024-11-01`,
        headers: asArmDeployer,
        json: {
          location: "westeurope",
          properties: {
            tenantId,
            sku: { family: "A", name: "standard" },
            enableRbacAuthorization: false,
            accessPolicies: [
              { tenantId, objectId: identity.properties.principalId, permissions: { secrets: ["get"] } },
            ],
          },
        },
      },
      ["id"],
    )
  ).json as { properties: { vaultUri: string } };
  const { vaultUri } = vault.properties;
  recorder.name(vaultUri.replace(/\/$/, ""), "https://fulfillment-x1y2z3.vault.azure.net");
  await recorder.send(
    {
      method: "PUT",
      url: `${group}/providers/Microsoft.KeyVault/vaults/fulfillment-x1y2z3/secrets/client-secret?api-version=2024-11-01`,
      headers: asArmDeployer,
      json: { properties: { value: secret, contentType: "Entra client secret" } },
    },
    ["name"],
  );

  recorder.say(
    "## 3. The service reads its secret",
    "",
    "Where it runs, Azure gives it a token of its managed identity: no secret is needed for that.",
  );
  const host = azure.workloadHost([identity.id]);
  recorder.name(host.IDENTITY_ENDPOINT, "http://{IDENTITY_ENDPOINT}");
  recorder.name(host.IDENTITY_HEADER, "{IDENTITY_HEADER}");
  const managed = await recorder.send(
    {
      method: "GET",
      url: `${host.IDENTITY_ENDPOINT}?resource=https://vault.azure.net&api-version=2019-08-01&client_id=${identity.properties.clientId}`,
      headers: { "x-identity-header": host.IDENTITY_HEADER },
    },
    ["access_token", "resource", "token_type"],
  );
  await recorder.send(
    {
      method: "GET",
      url: `${vaultUri}secrets/client-secret?api-version=7.6`,
      headers: { authorization: `Bearer ${managed.json.access_token}` },
    },
    ["value", "contentType"],
  );

  recorder.say(
    "## 4. A token, before the consent",
    "",
    "The registration asks for the role. Nobody has granted it yet, and so Entra refuses:",
  );
  const tokenRequest = {
    method: "POST",
    url: tokenEndpoint,
    form: {
      grant_type: "client_credentials",
      client_id: String(caller.json.appId),
      client_secret: secret,
      scope: `api://${api.json.appId}/.default`,
    },
  };
  await recorder.send(tokenRequest, ["error", "error_description", "error_codes"]);
  recorder.say("The consent is an app role assignment:");
  await recorder.send(
    {
      method: "POST",
      url: `${graph}/servicePrincipals/${apiPrincipal.json.id}/appRoleAssignedTo`,
      headers: asDeployer,
      json: { principalId: callerPrincipal.json.id, resourceId: apiPrincipal.json.id, appRoleId: roleId },
    },
    ["principalDisplayName", "resourceDisplayName", "appRoleId"],
  );

  recorder.say("## 5. A token");
  const token = await recorder.send(tokenRequest, ["token_type", "expires_in", "access_token"]);
  const [, payload = ""] = String(token.json.access_token).split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Json;
  const { aud, iss, azp, azpacr, oid, roles, tid, ver } = claims;
  recorder.say(
    "What it says, of what an API looks at:",
    "",
    "```json",
    JSON.stringify({ aud, iss, azp, azpacr, oid, roles, tid, ver }, null, 2),
    "```",
  );

  recorder.say("## 6. The call");
  const app = inventory({
    guard: guardOf({ tenantId, clientId: String(api.json.appId), authority }, { fetch: trusting(azure) }),
    certificate,
    logger: false,
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const address = `https://localhost:${(app.server.address() as AddressInfo).port}`;
  recorder.name(address, "https://inventory.example");
  const authorization = `Bearer ${token.json.access_token}`;
  const reservation = await recorder.send({
    method: "POST",
    url: `${address}/reservations`,
    headers: { authorization },
    json: { orderId: "order-1", sku: "mug-blue", quantity: 2 },
  });
  recorder.name(reservation.json.id, "{reservation}");
  recorder.say("The token has no role for reading. The API knows the caller, and refuses all the same:");
  await recorder.send({ method: "GET", url: `${address}/stock`, headers: { authorization } });
  recorder.say("And a token that somebody has changed is no token at all:");
  await recorder.send({
    method: "GET",
    url: `${address}/stock`,
    headers: { authorization: authorization.slice(0, -4) },
  });
  await app.close();
  await recorder.close();
  return recorder.masked();
}

function trusting({ caCertificate }: LocalAzure): typeof globalThis.fetch {
  const dispatcher = new Agent({ connect: { ca: caCertificate }, keepAliveTimeout: 1 });
  return ((input: string, init: object) => fetch(input, { ...init, dispatcher })) as unknown as typeof globalThis.fetch;
}

const pageFile = path.join(projectFolder, "docs", "one-call.md");
const marks = ["<!-- recorded from here: npm run one-call-page -->", "<!-- recorded up to here -->"] as const;

async function run(): Promise<number> {
  const page = await readFile(pageFile, "utf8");
  const [begin, end] = marks.map((mark) => page.indexOf(mark)) as [number, number];
  if (begin < 0 || end < begin) throw new CommandError(`${pageFile} does not have the lines ${marks.join(" and ")}`);
  const azure = await startLocalAzure();
  try {
    const recorded = await walk(azure);
    await writeFile(pageFile, `${page.slice(0, begin)}${marks[0]}\n\n${recorded}\n${page.slice(end)}`);
  } finally {
    await azure.close();
  }
  return 0;
}

command("one-call-page", "Records the requests and answers of docs/one-call.md anew, on a local Azure.")
  .action(() => exitCodeOf(run()))
  .parse();
