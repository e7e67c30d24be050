import { checkFixed, type FixedSettings, FixedSettingsError } from "../../components/fixedSettings";

const deployed: FixedSettings = {
  location: "westeurope",
  landscape: "shop",
  environment: "dev",
  vaults: { retentionDays: 90, purgeProtection: true },
};
const problemsOf = (change: Partial<FixedSettings>): readonly string[] => {
  try {
    checkFixed(deployed, { ...deployed, ...change });
    return [];
  } catch (error) {
    if (error instanceof FixedSettingsError) return error.problems;
    throw error;
  }
};

describe("the settings that a deployed stack must keep", () => {
  it("are not checked by the first deployment, and are accepted if they are unchanged", () => {
    expect(() => checkFixed(undefined, deployed)).not.toThrow();
    expect(problemsOf({})).toEqual([]);
  });

  it.each<[change: Partial<FixedSettings>, problem: RegExp]>([
    [
      { location: "northeurope" },
      /^location is "northeurope", and the stack is deployed in "westeurope"\. .* deploy a new stack/,
    ],
    [{ landscape: "store" }, /^landscape is "store", and the stack is deployed as "shop"\. .* Set it back/],
    [{ environment: "test" }, /^the stack is called "test", and was deployed as "dev"\. .* pulumi stack rename dev$/],
    [
      { vaults: { retentionDays: 30, purgeProtection: true } },
      /^vault\.retentionDays is 30, and the vaults were created with 90, which Azure cannot change\. Set it back$/,
    ],
    [
      { vaults: { retentionDays: 90, purgeProtection: false } },
      /^vault\.purgeProtection is false, but the vaults have it, and Azure cannot turn it off\. Set it back$/,
    ],
  ])("are refused if they change: %o", (change, problem) => {
    expect(problemsOf(change)).toEqual([expect.stringMatching(problem)]);
  });

  it("include the templates of names; a stack without recorded templates has the default ones", () => {
    const names = (identity: string) => ({
      ...deployed,
      names: { resourceGroup: "rg-{landscape}-{environment}", identity },
    });
    expect(() => checkFixed(deployed, names("id-{service}-{environment}"))).not.toThrow();
    for (const before of [deployed, names("id-{service}-{environment}")])
      expect(() => checkFixed(before, names("mi-{service}"))).toThrow(
        /names\.identity is "mi-\{service\}", and the stack is deployed with "id-\{service\}-\{environment\}"\. Azure cannot rename resources/,
      );
  });

  it("are reported together if several of them change", () => {
    expect(problemsOf({ location: "northeurope", landscape: "store", environment: "test" })).toHaveLength(3);
  });

  it("allow every change of the vaults' permission model but the direct one from policies to roles, after which no service could read its secret", () => {
    const vaults = (authorization?: "accessPolicies" | "migrating" | "rbac") => ({
      ...deployed,
      vaults: { retentionDays: 90, purgeProtection: true, ...(authorization ? { authorization } : {}) },
    });
    expect(() => checkFixed(vaults("accessPolicies"), vaults("rbac"))).toThrow(
      /up to ten minutes, no service could read its secret\. First deploy migrating, wait ten minutes, and then deploy rbac$/,
    );
    for (const [from, to] of [
      ["accessPolicies", "migrating"],
      ["migrating", "rbac"],
      ["rbac", "migrating"],
      ["rbac", "accessPolicies"],
      [undefined, "rbac"],
    ] as const)
      expect(() => checkFixed(vaults(from), vaults(to))).not.toThrow();
  });

  it("include those of vaults only while the stack has vaults, and purge protection can be turned on", () => {
    expect(problemsOf({ vaults: undefined })).toEqual([]);
    const purgeable = { ...deployed, vaults: { retentionDays: 90, purgeProtection: false } };
    expect(() => checkFixed(purgeable, deployed)).not.toThrow();
    expect(() => checkFixed({ ...deployed, vaults: undefined }, deployed)).not.toThrow();
  });
});
