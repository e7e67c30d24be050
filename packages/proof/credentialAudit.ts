import type { Directory } from "./directory";
import type { CredentialObservation } from "./report";

/** A credential in Entra. */
export interface HeldCredential {
  readonly keyId: string;
  readonly displayName: string | null;
}

/**
 * Checks that Entra has exactly the stack's credentials. A secret or certificate that somebody added by hand would be neither
 * rotated nor revoked.
 *
 * @param held the passwords and certificates in Entra, by the client id of the application
 */
export function auditCredentials(
  directory: Directory,
  held: Readonly<Record<string, readonly HeldCredential[]>>,
): CredentialObservation[] {
  return Object.entries(directory).map(([service, { clientId, credential }]) => {
    const known = credential.kind === "federated" ? [] : credential.keyIds;
    const present = held[clientId] ?? [];
    const added = present.filter(({ keyId }) => !known.includes(keyId));
    const removed = known.filter((keyId) => !present.some((each) => each.keyId === keyId));
    const differences = [
      ...added.map(
        ({ keyId, displayName }) =>
          `${service}: Entra holds the credential ${keyId} (${displayName ?? "without a name"}), which no deployment created; remove it, or revoke the service's secrets`,
      ),
      ...removed.map(
        (keyId) => `${service}: Entra no longer holds the credential ${keyId}; refresh the stack and deploy it again`,
      ),
    ];
    return { service, kind: credential.kind, differences };
  });
}
