import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { addSecretVersion } from "@microservice-identities/local-azure/keyVault/vault";
import {
  type LocalAzure,
  startLocalAzure,
  type WorkloadEnvironment,
} from "@microservice-identities/local-azure/localAzure";
import { runCommandIn } from "@microservice-identities/test-support/processes";
import { shopProject } from "@microservice-identities/test-support/project";

jest.setTimeout(120_000);

/** The command uses the local Azure like any other tenant: it gets an authority, outputs and the environment of a workload. */
describe("verify", () => {
  let folder: string;
  let project: string;
  let azure: LocalAzure;
  let outputs: Readonly<Record<string, unknown>>;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "verify-"));
    project = await shopProject();
    azure = await startLocalAzure();
    await writeFile(path.join(folder, "ca.pem"), azure.caCertificate);
    const stack = new BuiltInStack({ azure, projectFolder: project, stack: "dev" });
    ({ outputs } = await stack.up({ config: { authority: azure.authority } }));
  });
  afterAll(async () => {
    await azure.close();
    await rm(folder, { recursive: true });
    await rm(project, { recursive: true });
  });

  const verify = (proved: unknown, ...args: string[]) => verifyIn(azure.workloadHost(), proved, ...args);
  const verifyIn = async (host: Record<string, string> | WorkloadEnvironment, proved: unknown, ...args: string[]) => {
    const file = path.join(folder, "outputs.json");
    await writeFile(file, JSON.stringify(proved));
    const env = { ...host, NODE_EXTRA_CA_CERTS: path.join(folder, "ca.pem") };
    const common = ["--outputs", file, "--authority", azure.authority, "--per-second", "200"];
    return runCommandIn({ env, project }, "verify", ...common, ...args);
  };

  it("proves every declared call and a sample of the others, and prints no secrets or tokens", async () => {
    const { code, stdout, stderr } = await verify(outputs, "--refusals", "7", "--seed", "3");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n").slice(-11)).toEqual([
      "  declared calls    10 of 10 got a token with exactly the declared roles, and only these work",
      "  all other calls   7 of 7 were refused with AADSTS501051",
      "  own vaults        6 of 6 returned the secret to their service, and refused to list secrets",
      "  foreign vaults    7 of 7 reads were refused with 403",
      "",
      "The landscape is as declared.",
      "",
      "Refusals tried: at most 7 calls and 7 reads of vaults, selected by the seed 3.",
      "",
      "No credential is about to expire.",
      "",
    ]);
    const secrets = [...azure.subscription.vaults.values()].flatMap(({ secrets }) =>
      [...secrets.values()].flat().map(({ value }) => value),
    );
    expect(secrets).toHaveLength(6);
    expect(secrets.filter((secret) => stdout.includes(secret))).toEqual([]);
    expect(stdout).not.toMatch(/eyJ/);
  });

  it("fails for a declared call without a grant, and for a credential that expires soon", async () => {
    const { directory } = outputs as { directory: Record<string, { calls: object; credential: { expires: string } }> };
    const changed = structuredClone(directory);
    if (changed.ingest) changed.ingest.calls = { ...changed.ingest.calls, billing: ["Invoices.Read"] };
    if (changed.orders) changed.orders.credential.expires = "2026-11-30T00:00:00Z";
    const { code, stdout, stderr } = await verify(
      { ...outputs, directory: changed },
      "--refusals",
      "0",
      "--patience",
      "0",
      "--date",
      "2026-11-25",
    );
    expect(code).toBe(1);
    expect(stderr).toContain("  npm run doctor -- --stack <stack> --service <service>   says what is wrong with it");
    expect(stdout).toMatch(
      /\n {2}ingest → billing: refused with AADSTS501051, expected a token with Invoices\.Read: .*\n[\s\S]*\norders: its secret expires on 2026-11-30, in 5 days\n$/,
    );
  });

  const fewRefusals = ["--refusals", "0", "--patience", "10"];

  it("exits with 2 and without a result on a host without managed identities", async () => {
    const env = {
      IDENTITY_ENDPOINT: azure.workloadHost([]).IDENTITY_ENDPOINT,
      IDENTITY_HEADER: azure.workloadHost([]).IDENTITY_HEADER,
    };
    const { code, stdout, stderr } = await verifyIn(env, outputs, ...fewRefusals);
    expect([code, stdout]).toEqual([2, expect.not.stringContaining("declared calls")]);
    for (const name of Object.keys((outputs as { directory: object }).directory))
      expect(stderr).toContain(`\n  ${name}: its managed identity returns no token here: `);
    expect(stderr).toContain(
      "\nThis says nothing about the landscape. Run it where the managed identities of all services are assigned, and in a network that their vaults admit: see docs/environments.md\n",
    );
  });

  it("reports the firewall of a vault instead of missing access, and exits with 2", async () => {
    const vault = [...azure.subscription.vaults.values()].find(({ name }) => name.startsWith("orders-"));
    if (!vault) throw new Error("there is no vault of orders");
    const { properties } = vault;
    const networkAcls = { defaultAction: "Deny", ipRules: [], virtualNetworkRules: [] };
    Object.assign(vault, { properties: { ...properties, networkAcls } });
    const { code, stderr } = await verify(outputs, ...fewRefusals);
    Object.assign(vault, { properties });
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(
        "\n  orders: the network rules of its vault do not admit this host (ForbiddenByFirewall)\n",
      ),
    ]);
    expect(stderr).not.toContain("billing");
  });

  it("waits for a new secret that Entra has not replicated, and for a revoked grant that is still in tokens", async () => {
    const lag = { credentialSeconds: 3, revocationSeconds: 3 };
    azure.faults.set({ tokenReplication: lag });
    const { directory } = outputs as { directory: Record<string, { clientId: string; objectId: string }> };
    const application = azure.tenant.applicationOf(directory.orders?.clientId ?? "");
    const vault = [...azure.subscription.vaults.values()].find(({ name }) => name.startsWith("orders-"));
    const undeclared = azure.tenant.assignmentsOf(directory.ingest?.objectId ?? "")[0];
    if (!application || !vault || !undeclared) throw new Error("the shop is not deployed");
    // The landscape no longer declares the grant that is revoked below.
    const changed = structuredClone(outputs) as { directory: Record<string, { calls: object }> };
    if (changed.directory.ingest) changed.directory.ingest.calls = {};
    const { secretText } = azure.tenant.addPassword(application, { displayName: "late" });
    addSecretVersion(vault, "client-secret", { value: secretText }, Date.now);
    azure.tenant.unassign(undeclared);
    const { code, stdout, stderr } = await verify(changed, "--refusals", "60", "--patience", "1");
    azure.faults.clear();
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("The landscape is as declared.");
  });

  it("asks for --outputs if there is no Pulumi CLI", async () => {
    const { code, stderr } = await runCommandIn({ env: { PATH: path.dirname(process.execPath) } }, "verify");
    expect([code, stderr]).toEqual([
      2,
      "\nthere is no Pulumi CLI on the PATH to read the stack's outputs: pass them with --outputs <file>\n",
    ]);
  });
});
