import { keyVaultVersion } from "@microservice-identities/well-known/keyVaultVersions";
import { judged, type Outcome, outcome, together } from "./outcome";
import type { Survey } from "./survey";

/** A deleted vault keeps its name until it is purged. Those of other subscriptions are not shown. */
export async function checkDeletedVaults(survey: Survey): Promise<Outcome> {
  const vaults = survey.wanted("Vault");
  if (vaults.length === 0) return outcome();
  if (!survey.hasState)
    return outcome({
      skipped: ["Deleted vaults: without the stack's state, the generated ends of the vaults' names are not known."],
    });
  const checks = vaults.map(async (vault) => {
    const { vaultName, location } = survey.propertiesOf(vault);
    const provider = `/subscriptions/${survey.tenant.subscriptionId}/providers/Microsoft.KeyVault`;
    return judged(
      {
        what: `whether a deleted vault holds the name ${vaultName}`,
        needs: "Microsoft.KeyVault/locations/deletedVaults/read in the subscription",
      },
      () => survey.tenant.resource(`${provider}/locations/${location}/deletedVaults/${vaultName}`, keyVaultVersion),
      (deleted) => {
        if (!deleted) return outcome();
        const { deletionDate, scheduledPurgeDate, purgeProtectionEnabled } = deleted.properties as Record<
          string,
          unknown
        >;
        const recover = `recover it (az keyvault recover --name ${vaultName}) and deploy again`;
        return outcome({
          findings: [
            {
              place: `the vault ${vaultName}`,
              value: `deleted on ${deletionDate}`,
              limit: `its name is free from ${scheduledPurgeDate}`,
              consequence: "Azure refuses the vault with 409 ConflictError; its service gets no secret.",
              remedy: purgeProtectionEnabled
                ? `Its purge protection forbids a purge: ${recover}.`
                : `Either ${recover}, or purge it if nobody needs its secrets (az keyvault purge --name ${vaultName}).`,
            },
          ],
        });
      },
    );
  });
  return together(await Promise.all(checks));
}
