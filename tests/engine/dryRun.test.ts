import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { pulumiWithAzure } from "@microservice-identities/test-support/azureNative/onPath";
import { firstServices } from "@microservice-identities/test-support/pipelines/deployedWorld";
import { run, runCommandIn } from "@microservice-identities/test-support/processes";
import { projectWith, writeLandscape } from "@microservice-identities/test-support/project";

jest.setTimeout(600_000);

if (pulumiWithAzure() === undefined) {
  it.skip("npm run up -- --dry-run with a Pulumi CLI (skipped: there is no Pulumi CLI on the PATH)", () => {});
} else {
  describe("npm run up -- --dry-run with a Pulumi CLI", () => {
    let azure: TestAzure;
    let project: string;
    let state: string;
    let env: NodeJS.ProcessEnv;
    beforeAll(async () => {
      azure = await startTestAzure();
      state = await mkdtemp(path.join(tmpdir(), "dry-run-"));
      const certificates = path.join(state, "ca.pem");
      await writeFile(certificates, azure.azure.caCertificate);
      project = await projectWith({
        dev: {
          location: "westeurope",
          landscapeFile: "pair.yaml",
          rotation: { since: "2026-11-01" },
          authority: azure.azure.authority,
        },
      });
      await writeLandscape(project, "pair", { services: firstServices });
      env = {
        ...azure.azure.deployer,
        ...{ SSL_CERT_FILE: certificates, NODE_EXTRA_CA_CERTS: certificates },
        ...{ PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: "of a test" },
        ...{ ARM_USE_CLI: "false", ARM_USE_MSI: "false", ARM_USE_OIDC: "false" },
      };
      await run("pulumi", ["stack", "init", "dev", "--non-interactive"], { cwd: project, env });
    });
    afterAll(async () => {
      await azure.close();
      await rm(project, { recursive: true });
      await rm(state, { recursive: true });
    });

    it("lists for an empty stack everything that a deployment would create, and creates nothing", async () => {
      const { code, stdout, stderr } = await runCommandIn({ project, env }, "up", "--stack", "dev", "--dry-run");
      expect([code, code === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/^ \+ +azuread:index:AppRoleAssignment +caller-calls-api-Things\.Read +create/m);
      expect(stdout).toMatch(/^ \+ +azure-native:keyvault:Vault +caller-vault +create/m);
      expect(stdout).toMatch(/Resources:\n +\+ \d+ to create\n/);
      expect(stdout).toMatch(/\nEarlier deployments have left nothing behind\.\n$/);
      const { tenant, subscription } = azure.azure;
      const registered = [...tenant.applications.values()].map(({ displayName }) => displayName);
      expect([registered, subscription.groups.size, subscription.vaults.size]).toEqual([["deployer"], 0, 0]);
    });
  });
}
