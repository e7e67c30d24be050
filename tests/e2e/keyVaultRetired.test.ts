import { type DeployedPair, deployedPair } from "@microservice-identities/test-support/deployedPair";
import program from "../../stacks/index";

jest.mock("@microservice-identities/well-known/keyVaultVersions", () => ({
  ...jest.requireActual("@microservice-identities/well-known/keyVaultVersions"),
  keyVaultVersion: "2024-11-01",
}));
jest.setTimeout(60_000);

describe("a landscape with a retiring API version of Key Vault", () => {
  let pair: DeployedPair;
  let now = Date.parse("2027-02-27T23:00:00Z");
  beforeAll(async () => {
    pair = await deployedPair(program, "2027-02-27", () => now);
  });
  afterAll(() => pair.close());

  it("can be deployed on the version's last day, but can no longer rotate after it", async () => {
    const stack = pair.stack();
    await stack.up({ config: pair.config });
    now += 45 * 86_400_000;
    const date = new Date(now).toISOString().slice(0, 10);
    // In a separate process, because a program that fails leaves rejected promises.
    await expect(stack.inOwnProcess().up({ config: { ...pair.config, date } })).rejects.toThrow(
      /API version '2024-11-01'.+The supported api-versions are '2026-02-01'/,
    );
  });
});
