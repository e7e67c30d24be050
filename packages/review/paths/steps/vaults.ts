import type { VaultPlace } from "../../access/places";
import { unknownText } from "../../access/valueText";
import type { AccessModel } from "../../accessModel";
import { partyNode, vaultNode } from "../node";
import type { Step } from "../step";

/** Permissions of an access policy with which its holder reads a secret. A backup can be restored in another vault. */
const reading: readonly string[] = ["get", "backup", "all", unknownText];

/** Readers by access policies, and the services whose secrets they find. Readers by Azure roles are in {@link azureRoleSteps}. */
export const vaultSteps = (model: AccessModel): Step[] => {
  const { readers, vaults = [] } = model;
  const judgedByRoles = new Set(vaults.filter(({ judges }) => judges === "roles").map(({ vault }) => vault));
  return [
    ...readers
      .filter(({ byRole, vault }) => !byRole && !judgedByRoles.has(vault))
      .filter(({ permissions }) => permissions.some((permission) => reading.includes(permission)))
      .map(
        ({ reader, vault, permissions }): Step => ({
          kind: "reads",
          from: partyNode(reader, vault),
          to: vaultNode(vault),
          how: `${reader} reads the secrets of ${vault} by an access policy (${permissions.join(", ")}).`,
          resource: vault,
        }),
      ),
    ...vaults.flatMap((place) =>
      secretsIn(place, model).map(
        (service): Step => ({
          kind: "contains a secret of",
          from: vaultNode(place.vault),
          to: partyNode(service),
          how: `The vault ${place.vault} contains a secret of ${service}, and anyone who reads it can sign in as ${service}.`,
          resource: place.vault,
        }),
      ),
    ),
  ];
};

/** The secrets that the stack writes, and the secret of the service whose identity reads the vault, even if the stack does not write it. */
function secretsIn(
  { vault, secretsOf }: VaultPlace,
  { readers, serviceOfIdentity, credentials }: AccessModel,
): string[] {
  const read = readers.filter((each) => each.vault === vault).flatMap(({ reader }) => serviceOfIdentity[reader] ?? []);
  const withSecret = read.filter((service) =>
    credentials.some((credential) => credential.service === service && credential.kind === "secret"),
  );
  return [...new Set([...secretsOf, ...withSecret])];
}
