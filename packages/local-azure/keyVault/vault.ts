import { randomBytes } from "node:crypto";
import type { Clock } from "../directoryObjects";

/** The permissions on secrets that an access policy can give. */
export const secretPermissions = ["get", "list", "set", "delete", "recover", "backup", "restore", "purge"] as const;
export type SecretPermission = (typeof secretPermissions)[number];

export interface AccessPolicy {
  readonly tenantId: string;
  readonly objectId: string;
  readonly applicationId?: string;
  readonly permissions: {
    readonly secrets?: readonly string[];
    readonly keys?: readonly string[];
    readonly certificates?: readonly string[];
    readonly storage?: readonly string[];
  };
}

/** Times are seconds since 1970, as on the wire. */
export interface SecretAttributes {
  readonly enabled: boolean;
  readonly exp?: number;
  readonly nbf?: number;
  readonly created: number;
  readonly updated: number;
}

export interface SecretVersion {
  /** In the spelling of its creation. */
  readonly name: string;
  readonly version: string;
  readonly value: string;
  readonly contentType?: string;
  /** Absent until a request sets them. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly attributes: SecretAttributes;
}

export interface DeletedSecret {
  readonly versions: readonly SecretVersion[];
  readonly deletedDate: number;
  readonly scheduledPurgeDate: number;
  /** The time at which its deletion ends, in milliseconds. */
  readonly deletedAt: number;
}

export interface SystemData {
  /** A client id. */
  readonly createdBy: string;
  readonly createdByType: "Application";
  readonly createdAt: string;
  readonly lastModifiedBy: string;
  readonly lastModifiedByType: "Application";
  readonly lastModifiedAt: string;
}

export interface Vault {
  /** Full resource id. */
  readonly id: string;
  readonly name: string;
  readonly location: string;
  /** The address of its data plane, with a slash at the end. */
  readonly uri: string;
  tags: Readonly<Record<string, string>>;
  /** Who wrote it and when, as Resource Manager shows it. Absent if a seed created it. */
  systemData?: SystemData;
  accessPolicies: readonly AccessPolicy[];
  enableRbacAuthorization: boolean;
  softDeleteRetentionInDays: number;
  enablePurgeProtection: boolean;
  /** The other properties, unchanged. */
  properties: Readonly<Record<string, unknown>>;
  /** By {@link secretKey}; oldest version first. */
  readonly secrets: Map<string, SecretVersion[]>;
  readonly deletedSecrets: Map<string, DeletedSecret>;
  /** The time at which the recovery of each secret ends, in milliseconds. */
  readonly recovering: Map<string, number>;
}

export interface SecretInput {
  readonly value: string;
  readonly contentType?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly enabled?: boolean;
  readonly exp?: number;
  readonly nbf?: number;
}

/** Every write creates a new version. */
export function addSecretVersion(vault: Vault, name: string, input: SecretInput, clock: Clock): SecretVersion {
  const now = Math.floor(clock() / 1000);
  const { value, contentType, tags, enabled = true, exp, nbf } = input;
  const key = secretKey(name);
  const earlier = vault.secrets.get(key) ?? [];
  const version: SecretVersion = {
    name: earlier[0]?.name ?? name,
    version: randomBytes(16).toString("hex"),
    value,
    contentType,
    tags,
    attributes: { enabled, exp, nbf, created: now, updated: now },
  };
  vault.secrets.set(key, [...earlier, version]);
  return version;
}

/** Secret names are looked up case-insensitively. */
export const secretKey = (name: string): string => name.toLowerCase();
