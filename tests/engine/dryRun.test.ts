import { pulumiWithAzure } from "@microservice-identities/test-support/azureNative/onPath";
import { type PairForCli, pairForCli } from "@microservice-identities/test-support/pairForCli";

jest.setTimeout(600_000);

if (pulumiWithAzure() === undefined) {
  it.skip("npm run up -- --dry-run with a Pulumi CLI (skipped: there is no Pulumi CLI on the PATH)", () => {});
} else {
  describe("npm run up -- --dry-run with a Pulumi CLI", () => {
    let pair: PairForCli;
    beforeAll(async () => {
      pair = await pairForCli();
      await pair.init();
    });
    afterAll(() => pair.remove());

    it("lists for an empty stack everything that a deployment would create, and creates nothing", async () => {
      const { code, stdout, stderr } = await pair.command("up", "--stack", "dev", "--dry-run");
      expect([code, code === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/^ \+ +azuread:index:AppRoleAssignment +caller-calls-api-Things\.Read +create/m);
      expect(stdout).toMatch(/^ \+ +azure-native:keyvault:Vault +caller-vault +create/m);
      expect(stdout).toMatch(/Resources:\n +\+ \d+ to create\n/);
      expect(stdout).toMatch(/\nEarlier deployments have left nothing behind\.\n$/);
      const { tenant, subscription } = pair.azure;
      const registered = [...tenant.applications.values()].map(({ displayName }) => displayName);
      expect([registered, subscription.groups.size, subscription.vaults.size]).toEqual([["deployer"], 0, 0]);
    });
  });
}
