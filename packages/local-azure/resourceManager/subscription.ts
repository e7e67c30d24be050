import type { Vault } from "../keyVault/vault";
import { RoleBasedAccess } from "../roleBasedAccess";

export interface ResourceGroup {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  tags: Readonly<Record<string, string>>;
}

/** The tokens that a federated identity credential accepts. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
}

export interface ManagedIdentity {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  /** The object id of its service principal. */
  readonly principalId: string;
  readonly clientId: string;
  tags: Readonly<Record<string, string>>;
  /** The credentials by name. */
  readonly federatedCredentials: Map<string, TrustedIssuer>;
}

/** A resource that is only stored. */
export interface StoredResource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Only for types that have a kind. */
  readonly kind?: string;
  readonly properties: object;
}

/** An Azure role that somebody can activate. */
export interface EligibleAzureRole {
  readonly name: string;
  readonly scope: string;
  readonly principalId: string;
  /** The GUID of the role definition. */
  readonly roleId: string;
  /** Default: it applies always. */
  readonly condition?: string;
  readonly createdOn: string;
  /** Since when it is eligible. Default: since it was created. */
  readonly startDateTime?: string | undefined;
}

export interface DeletedVault {
  readonly vault: Vault;
  readonly deletedAt: number;
}

/** The resources of one subscription. Names are compared case-insensitively, as in Azure. */
export class Subscription {
  readonly groups = new Map<string, ResourceGroup>();
  /** The vaults by name, because names of vaults are unique in all of Azure. */
  readonly vaults = new Map<string, Vault>();
  readonly deletedVaults = new Map<string, DeletedVault>();
  /** The managed identities by full resource id. */
  readonly identities = new Map<string, ManagedIdentity>();
  /** Resources without an effect here, by full resource id. */
  readonly stored = new Map<string, StoredResource>();
  readonly access = new RoleBasedAccess();
  /** By name. */
  readonly eligibleRoles = new Map<string, EligibleAzureRole>();

  constructor(readonly id: string) {}

  /** Removes the resource with an id and its children. @param id in lower case */
  removeStored(id: string): void {
    for (const each of [...this.stored.keys()]) if (each === id || each.startsWith(`${id}/`)) this.stored.delete(each);
  }

  /** Whether a private endpoint leads to a resource. */
  hasPrivateEndpoint(resourceId: string): boolean {
    return [...this.stored.values()].some(
      ({ type, properties }) =>
        type === "Microsoft.Network/privateEndpoints" &&
        JSON.stringify(properties).toLowerCase().includes(`"${resourceId.toLowerCase()}"`),
    );
  }

  get path(): string {
    return `/subscriptions/${this.id}`;
  }
}
