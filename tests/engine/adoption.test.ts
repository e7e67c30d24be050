import { readFile } from "node:fs/promises";
import path from "node:path";
import { pulumiWithAzure } from "@microservice-identities/test-support/azureNative/onPath";
import { type PairForCli, pairForCli } from "@microservice-identities/test-support/pairForCli";

jest.setTimeout(600_000);

if (pulumiWithAzure() === undefined) {
  it.skip("the adoption of a stack whose state is lost (skipped: there is no Pulumi CLI on the PATH)", () => {});
} else {
  /** Follows docs/operations.md to its end. */
  describe("the adoption of a stack whose state is lost", () => {
    let pair: PairForCli;
    const upOf = async () => {
      const { code, stdout, stderr } = await pair.command("up", "--stack", "dev");
      expect([code, code === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
    };
    const secrets = () =>
      [...pair.azure.tenant.applications.values()].flatMap(({ passwordCredentials }) =>
        passwordCredentials.map(({ keyId }) => keyId),
      );
    const identities = async () => {
      const { deployment } = JSON.parse(await pair.pulumi("stack", "export", "--stack", "dev"));
      return (deployment.resources as { type: string; id?: string }[])
        .filter(({ type }) =>
          /:(Application|ServicePrincipal|AppRoleAssignment|UserAssignedIdentity|Vault)$/.test(type),
        )
        .map(({ id }) => id)
        .sort();
    };
    let before: Awaited<ReturnType<typeof identities>>;
    let oldSecrets: string[];
    beforeAll(async () => {
      pair = await pairForCli();
      await pair.init();
      await upOf();
      [before, oldSecrets] = [await identities(), secrets()];
      await pair.pulumi("stack", "rm", "dev", "--force", "--yes");
      const names = [...pair.azure.subscription.vaults.values()].map(({ name }) => name);
      await pair.init({ services: Object.fromEntries(names.map((name) => [name.split("-")[0], { vaultName: name }])) });
    });
    afterAll(() => pair.remove());

    it("changes nothing that `npm run adopt` would report, and a preview after the import replaces and deletes nothing", async () => {
      const out = path.join(pair.project, "import.json");
      const { stdout } = await pair.command("adopt", "--stack", "dev", "--out", out);
      expect(stdout).toContain("\nThe deployment after the import changes nothing.\n");
      expect(JSON.parse(await readFile(out, "utf8")).resources.length).toBeGreaterThan(before.length);
      await pair.pulumi("import", "--file", out, "--stack", "dev", "--protect=false", "--generate-code=false", "--yes");
      expect(await identities()).toEqual(before);
      const { steps } = JSON.parse(await pair.pulumi("preview", "--stack", "dev", "--json"));
      const created = (steps as { op: string; newState?: { type: string } }[])
        .filter(({ op }) => op === "create")
        .map(({ newState }) => newState?.type);
      expect([...new Set((steps as { op: string }[]).map(({ op }) => op))].sort()).toEqual([
        "create",
        "same",
        "update",
      ]);
      // The mark of the stack, and a secret for each service, because nobody can read the value of the old one.
      expect(created.sort()).toEqual([
        "azuread:index/applicationPassword:ApplicationPassword",
        "azuread:index/applicationPassword:ApplicationPassword",
        "random:index/randomUuid:RandomUuid",
      ]);
    });

    it("keeps all identities in the next deployment, and the old secrets for the services that still use them", async () => {
      await upOf();
      expect(await identities()).toEqual(before);
      expect(secrets()).toEqual(expect.arrayContaining(oldSecrets));
      expect(secrets()).toHaveLength(oldSecrets.length + 2);
    });
  });
}
