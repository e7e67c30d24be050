import { randomUUID, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import type { StateResource } from "@microservice-identities/engine/deployment/stack";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { runCommandIn } from "@microservice-identities/test-support/processes";
import { projectWith, writeLandscape } from "@microservice-identities/test-support/project";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { localTenant } from "../../cli/adoption/localTenant";
import { audit } from "../../cli/audit/audit";
import { type ExtraKind, extraKinds } from "../../cli/audit/extra";
import { auditText, exitCodeFor } from "../../cli/audit/report";
import { localConfig } from "../../cli/command";

jest.setTimeout(240_000);

const services = 40;
const planted = 200;

/** The same numbers for the same seed: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 40 services that call each other in a ring and across it, each with a secret in a vault that two addresses reach. */
describe("the audit", () => {
  let azure: TestAzure;
  let folder: string;
  let state: readonly StateResource[];
  let tenant: Awaited<ReturnType<typeof localTenant>>;

  beforeAll(async () => {
    azure = await startTestAzure({
      deployerPermissions: [
        ...[
          "Application.ReadWrite.All",
          "AppRoleAssignment.ReadWrite.All",
          "Application.Read.All",
          "Directory.Read.All",
        ],
      ],
    });
    folder = await projectWith({
      dev: {
        location: "westeurope",
        landscapeFile: "ring.yaml",
        date: "2026-11-25",
        rotation: { since: "2026-11-01" },
        vault: { network: { ipRules: ["203.0.113.7"] } },
      },
    });
    const called = (index: number) => `s${index % services}`;
    const because = "Reads what it needs.";
    await writeLandscape(folder, "ring", {
      services: Object.fromEntries(
        Array.from({ length: services }, (_, index) => [
          `s${index}`,
          {
            description: `Service ${index}.`,
            appRoles: { "Data.Read": { description: "Read data." } },
            calls: Object.fromEntries([1, 7].map((step) => [called(index + step), { roles: ["Data.Read"], because }])),
          },
        ]),
      ),
    });
    const stack = new BuiltInStack({ azure: azure.azure, projectFolder: folder, stack: "dev" });
    await stack.up({ config: localConfig(azure.azure) });
    state = await stack.resources();
    tenant = await localTenant(azure.azure);
  });
  afterAll(async () => {
    await tenant.close();
    await azure.close();
    await rm(folder, { recursive: true });
  });

  const look = () => audit(state, tenant, "https://graph.microsoft.com");
  /** Who deploys is in no state of the stack; the bootstrap's state has it. */
  const deployers = /^Azure role of \/subscriptions\/[^ /]+: [0-9a-f-]{36}, as Owner/;

  it("finds nothing in a stack that was just deployed but who deploys it", async () => {
    const found = await look();
    expect(found.unseen).toEqual([]);
    expect(found.looked).toEqual({ registrations: services, principals: 2 * services, vaults: services });
    const [first, ...rest] = auditText(found).split("\n");
    expect(first).toMatch(deployers);
    expect(rest.slice(2)).toEqual([
      "",
      "Of what gives access to 40 registrations, 80 principals and 40 vaults, one thing was made by no deployment.",
    ]);
  });

  it("says what it could not look at, and then not that all was declared", async () => {
    const few = await localTenant({
      ...azure.azure,
      deployer: azure.azure.addIdentity("few", ["Application.Read.All"]),
    });
    const found = await audit(state, few, "https://graph.microsoft.com");
    await few.close();
    expect(found.extras).toEqual([]);
    expect([...new Set(found.unseen.map(({ what }) => what.split(" of ")[0]))].sort()).toEqual([
      "delegated grants",
      "directory roles",
      "federated credentials",
      "role assignments",
      ...Array.from({ length: services }, () => expect.stringMatching(/^the vault s\d+-/)),
    ]);
    expect([exitCodeFor(found), auditText(found).split("\n").at(-1)]).toEqual([
      2,
      `Nothing gives access to 40 registrations, 80 principals and 40 vaults that no deployment made, as far as it could be looked at: ${found.unseen.length} of the questions above have no answer.`,
    ]);
  });

  it(`lists ${planted} things that were made by hand, of every kind, and nothing that is declared`, async () => {
    const random = randomFrom(1);
    const { tenant: directory, subscription } = azure.azure;
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const applications = [...directory.applications.values()].filter(({ displayName }) =>
      /^s\d+-dev$/.test(displayName),
    );
    const principalOf = ({ appId }: { appId: string }) => {
      const principal = directory.servicePrincipalOf(appId);
      if (!principal) throw new Error(appId);
      return principal;
    };
    const outsider = (name: string) => {
      const { appId } = directory.addApplication(name);
      return directory.addServicePrincipal({ appId, displayName: name });
    };
    const vaults = [...subscription.vaults.values()];
    const identities = [...subscription.identities.values()];
    // At most one of these for each principal.
    const open = [...applications];
    const holders = [...applications];
    const ends = "2027-01-01T00:00:00Z";
    const plant: Record<ExtraKind, (name: string) => string> = {
      grant: (name) => {
        const api = pick(applications);
        const by = outsider(name);
        directory.assign(by.id, principalOf(api).id, api.appRoles[0]?.id ?? "");
        return `grant of ${api.displayName}: ${name} (${by.id}) calls it with Data.Read`;
      },
      owner: (name) => {
        const [of, by] = [pick(applications), outsider(name)];
        of.owners.add(by.id);
        return `owner of ${of.displayName}: ${name} (${by.id}) can add a secret, and then sign in as it`;
      },
      secret: (name) => {
        const of = pick(applications);
        directory.addPassword(of, { displayName: name, endDateTime: ends });
        const { keyId } = of.passwordCredentials.at(-1) ?? { keyId: "" };
        return `secret of ${of.displayName}: whoever has "${name}" (${keyId}) signs in as it until 2027-01-01`;
      },
      certificate: (name) => {
        const of = pick(applications);
        const keyId = randomUUID();
        const certificate = new X509Certificate(azure.azure.caCertificate);
        const added = {
          keyId,
          displayName: name,
          startDateTime: "2026-01-01T00:00:00Z",
          endDateTime: ends,
          certificate,
        };
        Object.assign(of, { keyCredentials: [...of.keyCredentials, added] });
        return `certificate of ${of.displayName}: whoever has "${name}" (${keyId}) signs in as it until 2027-01-01`;
      },
      "federated credential": (name) => {
        const [issuer, subject] = ["https://issuer.example.org", `subject of ${name}`];
        const trust = { name, issuer, subject, audiences: ["api://AzureADTokenExchange"], description: null };
        if (random() < 0.5) {
          const { name: of, federatedCredentials } = pick(identities);
          const id = [...identities].find((each) => each.name === of)?.id;
          federatedCredentials.set(name, { ...trust, id: `${id}/federatedIdentityCredentials/${name}` } as never);
          return `federated credential of ${of}: ${subject} of ${issuer} signs in as it`;
        }
        const of = pick(applications);
        const added = { ...trust, id: randomUUID() };
        Object.assign(of, { federatedIdentityCredentials: [...of.federatedIdentityCredentials, added] });
        return `federated credential of ${of.displayName}: ${subject} of ${issuer} signs in as it`;
      },
      "delegated grant": (name) => {
        const [client, api, id] = [outsider(name), pick(applications), randomUUID()];
        const resourceId = principalOf(api).id;
        const scope = "user_impersonation";
        directory.permissionGrants.set(id, {
          ...{ id, clientId: client.id, consentType: "AllPrincipals", principalId: null, resourceId, scope },
        });
        return `delegated grant of ${api.displayName}: ${name} (${client.id}) calls ${api.displayName} with ${scope} as every user`;
      },
      "directory role": () => {
        const [of] = holders.splice(Math.floor(random() * holders.length), 1);
        if (!of) throw new Error("all hold one");
        directory.directoryRoleHolders.add(principalOf(of).id);
        return `directory role of ${of.displayName}: it holds the directory role 9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3 for /`;
      },
      "open API": () => {
        const [of] = open.splice(Math.floor(random() * open.length), 1);
        if (!of) throw new Error("all are open");
        principalOf(of).appRoleAssignmentRequired = false;
        return `open API of ${of.displayName}: every application of the tenant gets a token for it, without a role`;
      },
      "vault reader": () => {
        const [of, objectId] = [pick(vaults), randomUUID()];
        const policy = { tenantId: directory.id, objectId, permissions: { secrets: ["get", "list"] } };
        of.accessPolicies = [...of.accessPolicies, policy] as never;
        return `vault reader of ${of.name}: ${objectId} may do in it: secrets get, list`;
      },
      "vault network": () => {
        const of = pick(vaults);
        const value = `198.51.100.${Math.floor(random() * 250)}`;
        const { networkAcls } = of.properties as unknown as { networkAcls: { ipRules: { value: string }[] } };
        if (networkAcls.ipRules.some((rule) => rule.value === value)) return plant["vault network"]("");
        const ipRules = [...networkAcls.ipRules, { value }];
        Object.assign(of, { properties: { ...of.properties, networkAcls: { ...networkAcls, ipRules } } });
        return `vault network of ${of.name}: it can be reached from ${value}`;
      },
      "Azure role": () => {
        const [of, principalId, name] = [pick(vaults), randomUUID(), randomUUID()];
        subscription.access.add({
          ...{
            id: `${of.id}/providers/Microsoft.Authorization/roleAssignments/${name}`,
            name,
            scope: of.id,
            principalId,
          },
          ...{ principalType: "User", roleId: azureRoles.keyVaultSecretsUser.id, description: null },
          createdOn: "2026-11-20T00:00:00Z",
        });
        return `Azure role of ${of.name}: ${principalId}, as Key Vault Secrets User, reads secrets (Microsoft.KeyVault/vaults/secrets/getSecret/action)`;
      },
    };
    const expected = Array.from({ length: planted }, (_, index) =>
      plant[extraKinds[index % extraKinds.length] as ExtraKind](`planted ${index}`),
    );
    const found = await look();
    const listed = found.extras
      .map(({ kind, of, allows }) => `${kind} of ${of}: ${allows}`)
      .filter((line) => !deployers.test(line))
      // The other data actions of the role.
      .map((line) => line.replace(/(getSecret\/action\)).*/, "$1"));
    expect(listed.sort()).toEqual(expected.sort());
    expect(found.extras.every(({ remove }) => /^az /.test(remove))).toBe(true);
  });

  it("is a command with reports in every format, and exits with 1 for what was not declared", async () => {
    const files = await mkdtemp(path.join(tmpdir(), "audit-"));
    const [exported, page, sarif] = ["state.json", "audit.html", "audit.sarif"].map((name) =>
      path.join(files, name),
    ) as [string, string, string];
    try {
      const resources = state.map(({ urn, type, id, outputs }) => ({ urn, type, id, outputs, custom: true }));
      await writeFile(exported, JSON.stringify({ deployment: { resources } }));
      await writeFile(path.join(files, "ca.pem"), azure.azure.caCertificate);
      const env = { ...azure.azure.deployer, NODE_EXTRA_CA_CERTS: path.join(files, "ca.pem") };
      const options = ["--state", exported, "--format", "json", "--out", page, "--out", sarif];
      const { code, stdout } = await runCommandIn({ env }, "audit", ...options);
      const { extras, conclusion } = JSON.parse(stdout) as { extras: object[]; conclusion: string };
      const { runs } = JSON.parse(await readFile(sarif, "utf8")) as { runs: { results: object[] }[] };
      expect([code, extras.length, runs[0]?.results.length, conclusion]).toEqual([
        1,
        planted + 1,
        planted + 1,
        `Of what gives access to 40 registrations, 80 principals and 40 vaults, ${planted + 1} things were made by no deployment.`,
      ]);
      const html = await readFile(page, "utf8");
      expect([html.match(/<tr><th scope="row">/g)?.length, html.includes(conclusion)]).toEqual([planted + 1, true]);
    } finally {
      await rm(files, { recursive: true });
    }
  });
});
