import type { VaultAuthorization } from "./serviceVault";

/** A service's credential, as in the stack's outputs. */
export type DirectoryCredential =
  | {
      kind: "secret";
      /** The name of the client secret in the vault. */
      secretName: string;
      /** The key ids in Entra, oldest first. */
      keyIds: string[];
      /** When the newest one expires, RFC 3339. */
      expires: string;
      /** The day of the next rotation. */
      nextRotation: string;
    }
  | {
      kind: "certificate";
      /** The name under which the team keeps the private key, PEM, in the vault. */
      secretName: string;
      /** SHA-256 of the certificate, hexadecimal. */
      thumbprint: string;
      keyIds: string[];
      expires: string;
    }
  | { kind: "federated" };

/** What callers and operators need to know about a service. It contains no secret. */
export interface DirectoryEntry {
  /** The application (client) id that the service signs in with: a GUID. */
  clientId: string;
  /** `api://{client id}`. */
  identifierUri: string;
  /** The scope that a caller requests: `api://{client id}/.default`. */
  scope: string;
  /** The object id of the service principal: the `oid` of the service's tokens. */
  objectId: string;
  /** The id of each app role by value. */
  roleIds: Record<string, string>;
  /** The Azure resource id of the service's vault; absent if the service has no vault. */
  vaultId?: string;
  /** The address of the service's vault; absent if the service has no vault. */
  vaultUri?: string;
  /** What controls access to it. With `rbac` and no `vaultReaderRole` the service can also list secrets: the built-in role allows that. */
  vaultAuthorization?: VaultAuthorization;
  /** The GUID of the custom role by which the service reads its vault; absent if it reads by an access policy or the built-in role. */
  vaultReaderRole?: string;
  /** How the service signs in to Entra. */
  credential: DirectoryCredential;
  /** The client id of the managed identity that the workload runs as; absent if it signs in with its service account's token alone. */
  identityClientId?: string;
  /** The Azure resource id of that identity. */
  identityId?: string;
  /** Where it runs, if the settings say so. */
  workload?: { kubernetes: { issuer: string; namespace: string; serviceAccount: string }[] };
  /** The declared calls: the roles that this service has, by the name of the API. */
  calls: Record<string, string[]>;
  /** The calls of APIs outside this stack, by the name of the API; absent if there are none. */
  callsOutside?: Record<string, { scope: string; roles: string[] }>;
  /** Which services of other stacks may be granted which roles; absent if none may. */
  allowedCallers?: Record<string, string[]>;
}
