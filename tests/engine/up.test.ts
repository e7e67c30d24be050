import { pulumiWithAzure } from "@microservice-identities/test-support/azureNative/onPath";
import { type PairForCli, pairForCli } from "@microservice-identities/test-support/pairForCli";
import { writeLandscape } from "@microservice-identities/test-support/project";

jest.setTimeout(600_000);

/** A service that calls a service of another landscape, and is called by it. */
const serviceOf = (other: string) => ({
  description: "Answers and asks.",
  appRoles: { "Data.Read": { description: "Read data." } },
  allowedCallers: { [other]: ["Data.Read"] },
  calls: { [other]: { roles: ["Data.Read"], because: "It needs the data." } },
});

if (pulumiWithAzure() === undefined) {
  it.skip("npm run up with a Pulumi CLI (skipped: there is no Pulumi CLI on the PATH)", () => {});
} else {
  describe("npm run up with a Pulumi CLI", () => {
    let pair: PairForCli;
    beforeAll(async () => {
      pair = await pairForCli();
      await pair.init();
    });
    afterAll(() => pair.remove());

    it("lists with --dry-run for an empty stack everything that a deployment would create, and creates nothing", async () => {
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

    it("deploys stacks that call each other at the same time, each line with the name of its stack, and grants all calls", async () => {
      const stacks = ["shop-dev", "finance-dev"];
      const of = (landscape: string, other: string) => ({
        landscape,
        landscapeFile: `${landscape}.yaml`,
        stackReferences: { [other]: `${other}-dev` },
      });
      await writeLandscape(pair.project, "shop", { services: { orders: serviceOf("finance/ledger") } });
      await writeLandscape(pair.project, "finance", { services: { ledger: serviceOf("shop/orders") } });
      await pair.init(of("shop", "finance"), "shop-dev");
      await pair.init(of("finance", "shop"), "finance-dev");
      const options = ["--stack", ...stacks, "--skip-preflight"];
      const { code, stdout, stderr } = await pair.command("up", ...options);
      expect([code, code === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
      const lines = stdout.trimEnd().split("\n");
      expect(lines.slice(-3)).toEqual(["", "shop-dev: as declared", "finance-dev: as declared"]);
      const prefixes = lines.slice(0, -3).map((line) => line.slice(0, line.indexOf(":")));
      expect([...new Set(prefixes)].sort()).toEqual([...stacks].sort());
      // At the same time: output of one begins before that of the other has ended.
      expect(Math.max(prefixes.indexOf("shop-dev"), prefixes.indexOf("finance-dev"))).toBeLessThan(
        Math.min(prefixes.lastIndexOf("shop-dev"), prefixes.lastIndexOf("finance-dev")),
      );
      const { tenant } = pair.azure;
      const principals = [...tenant.servicePrincipals.values()];
      const nameOf = (id: string) => principals.find((principal) => principal.id === id)?.displayName;
      const granted = principals
        .flatMap(({ id }) => tenant.assignmentsOf(id))
        .map(({ principalId, resourceId }) => `${nameOf(principalId)} → ${nameOf(resourceId)}`)
        .filter((grant) => /orders|ledger/.test(grant));
      expect([...new Set(granted)].sort()).toEqual([
        "ledger-finance-dev → orders-shop-dev",
        "orders-shop-dev → ledger-finance-dev",
      ]);
    });

    it("ends with the highest exit code of its stacks, and names what happened to each", async () => {
      const options = ["--stack", "shop-dev", "nowhere", "--skip-preflight"];
      const { code, stdout, stderr } = await pair.command("up", ...options);
      expect([code, stdout.trimEnd().split("\n").slice(-2)]).toEqual([
        2,
        ["shop-dev: as declared", "nowhere: it could not start"],
      ]);
      expect(stderr).toContain("nowhere:   there is no Pulumi.nowhere.yaml in the project.");
    });
  });
}
