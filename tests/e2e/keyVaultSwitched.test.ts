import { type DeployedPair, deployedPair } from "@microservice-identities/test-support/deployedPair";
import program from "../../stacks/index";

jest.mock("@microservice-identities/well-known/keyVaultVersions", () => ({
  ...jest.requireActual("@microservice-identities/well-known/keyVaultVersions"),
  keyVaultVersion: "2026-02-01",
}));
jest.setTimeout(60_000);

describe("a landscape with the Key Vault API version 2026-02-01", () => {
  let pair: DeployedPair;
  // After the retirement of the older versions.
  let now = Date.parse("2027-03-02T00:00:00Z");
  beforeAll(async () => {
    pair = await deployedPair(program, "2027-03-02", () => now);
  });
  afterAll(() => pair.close());

  /** Reads the caller's secret with the caller's managed identity. */
  const readSecret = async (): Promise<string> => {
    const { azure } = pair;
    const identities = [...azure.azure.subscription.identities.values()];
    const identity = identities.find(({ name }) => name === "id-caller-dev");
    const vault = [...azure.azure.subscription.vaults.values()].find(({ name }) => name.startsWith("caller-"));
    const host = azure.azure.workloadHost([identity?.id ?? ""]);
    const { body } = await azure.send(
      "GET",
      `${host.IDENTITY_ENDPOINT}?resource=https://vault.azure.net&api-version=2019-08-01&client_id=${identity?.clientId}`,
      { headers: { "x-identity-header": host.IDENTITY_HEADER } },
    );
    const { vaultUri } = (
      await azure.arm(
        "GET",
        `/resourceGroups/${vault?.id.split("/")[4]}/providers/Microsoft.KeyVault/vaults/${vault?.name}`,
        "2026-02-01",
      )
    ).body.properties;
    const read = await azure.send("GET", `${vaultUri}secrets/client-secret?api-version=7.6`, {
      token: body.access_token,
    });
    return read.body.value;
  };
  /** Whether Entra accepts a secret of the caller. */
  const works = async (secret: string) => {
    const { tenant } = pair.azure.azure;
    const application = [...tenant.applications.values()].find(({ displayName }) => displayName === "caller-dev");
    const scope = [...tenant.applications.values()].find(({ displayName }) => displayName === "api-dev")?.appId;
    const { status } = await pair.azure.askForToken({
      grant_type: "client_credentials",
      client_id: application?.appId ?? "",
      client_secret: secret,
      scope: `api://${scope}/.default`,
    });
    return status === 200;
  };

  it("deploys; its secret can be read, and the next secret works after a rotation", async () => {
    const stack = pair.stack();
    await stack.up({ config: pair.config });
    const first = await readSecret();
    expect(await works(first)).toBe(true);
    expect(await stack.preview({ config: pair.config })).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    for (const days of [36, 15]) {
      now += days * 86_400_000;
      const date = new Date(now).toISOString().slice(0, 10);
      await stack.up({ config: { ...pair.config, date } });
    }
    const second = await readSecret();
    expect(second === first).toBe(false);
    expect(await works(second)).toBe(true);
  });
});
