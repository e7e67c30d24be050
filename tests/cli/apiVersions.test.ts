import { isToBeReplaced, keyVaultVersion } from "@microservice-identities/well-known/keyVaultVersions";
import { apiVersionWarnings, installedKeyVaultVersion } from "../../cli/apiVersions";

describe("the API version of Key Vault", () => {
  it("is the version that the installed azure-native uses", async () => {
    expect(keyVaultVersion).toBe(await installedKeyVaultVersion());
  });

  it("causes a warning from 120 days before its retirement, with the change to make", () => {
    expect(apiVersionWarnings("2024-11-01", "2026-10-29")).toEqual([]);
    expect(apiVersionWarnings("2024-11-01", "2026-10-30")).toEqual([
      expect.stringMatching(
        /^The installed @pulumi\/azure-native asks for Microsoft\.KeyVault 2024-11-01, which is refused after 2027-02-27, in 120 days\. Upgrade @pulumi\/azure-native to a release whose Microsoft\.KeyVault is 2026-02-01 or newer .+ set keyVaultVersion in packages\/well-known\/keyVaultVersions\.ts to the same\.$/,
      ),
    ]);
    expect(apiVersionWarnings("2024-11-01", "2027-02-28")).toEqual([
      expect.stringMatching(/ has been refused since 2027-02-27\. /),
    ]);
  });

  it("causes no warning if no retirement is planned", () => {
    expect(["2026-02-01", "2026-03-01-preview"].map((version) => isToBeReplaced(version, "2027-03-01"))).toEqual([
      false,
      false,
    ]);
  });
});
