import { deletedVaultOf, isRecoverable } from "../adoption/deletedVault";
import { judged, type Outcome, outcome, together } from "./outcome";
import type { Survey } from "./survey";

/** A deleted vault keeps its name until it is purged. Azure does not show the deleted vaults of other subscriptions. */
export async function checkDeletedVaults(survey: Survey): Promise<Outcome> {
  const vaults = survey.wanted("Vault");
  if (vaults.length === 0) return outcome();
  if (!survey.hasState)
    return outcome({
      skipped: [
        "Deleted vaults were not checked: without the stack's state, the generated ends of the vaults' names are not known.",
      ],
    });
  const checks = vaults.map(async (resource) => {
    const vault = survey.propertiesOf(resource);
    const { vaultName } = vault;
    return judged(
      {
        what: `whether a deleted vault reserves the name ${vaultName}`,
        needs: "Microsoft.KeyVault/locations/deletedVaults/read in the subscription",
      },
      () => deletedVaultOf(vault, survey.tenant),
      (deleted) => {
        if (!deleted) return outcome();
        if (isRecoverable(deleted, vault))
          return outcome({
            skipped: [
              `The vault ${vaultName} was deleted on ${deleted.deleted}: npm run up recovers it with its secrets.`,
            ],
          });
        const recover = `recover it (az keyvault recover --name ${vaultName}) and deploy again`;
        return outcome({
          findings: [
            {
              place: `the vault ${vaultName}`,
              value: `deleted on ${deleted.deleted}`,
              limit: `its name is free from ${deleted.purged}`,
              consequence: "Azure refuses the vault with 409 ConflictError; its service gets no secret.",
              remedy: deleted.hasPurgeProtection
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
