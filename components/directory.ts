import type { VaultAuthorization } from "./serviceVault";

/** A service's credential, as the outputs tell of it. */
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

/** What other people and programs need to know of a service. It holds no secret. */
export interface DirectoryEntry {
  /** The application (client) id that the service signs in with: a GUID. */
  clientId: string;
  /** `api://{client id}`. */
  identifierUri: string;
  /** What a caller asks a token for: `api://{client id}/.default`. */
  scope: string;
  /** The object id of the service principal: the `oid` of the service's tokens. */
  objectId: string;
  /** The id of each app role by its value. */
  roleIds: Record<string, string>;
  /** Where the service's vault answers; none when it has no secret. */
  vaultUri?: string;
  /** By what the service may read it. By `rbac` it may list too: Azure's narrowest role for a reader of secrets includes that. */
  vaultAuthorization?: VaultAuthorization;
  /** How it proves who it is. */
  credential: DirectoryCredential;
  /** The client id of the managed identity that reads the vault. */
  identityClientId: string;
  /** The Azure resource id of that identity. */
  identityId: string;
  /** The declared calls: the roles that this service holds, by the callee's name. */
  calls: Record<string, string[]>;
  /** The same for APIs outside this stack; none when it calls none. */
  callsOutside?: Record<string, { scope: string; roles: string[] }>;
  /** Who outside this stack may be granted which roles; none when nobody may. */
  allowedCallers?: Record<string, string[]>;
}
