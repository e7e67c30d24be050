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
  /** By name. */
  readonly federatedCredentials: Map<string, TrustedIssuer>;
}

/** A resource of which the local Azure keeps what was written. */
export interface StoredResource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Of the types that have it. */
  readonly kind?: string;
  readonly properties: object;
}

export interface DeletedVault {
  readonly vault: Vault;
  readonly deletedAt: number;
}

/** The resources of one subscription. Names are compared without regard to case, as Azure does. */
export class Subscription {
  readonly groups = new Map<string, ResourceGroup>();
  /** By name: a vault's name is taken for all of Azure. */
  readonly vaults = new Map<string, Vault>();
  readonly deletedVaults = new Map<string, DeletedVault>();
  /** By full resource id. */
  readonly identities = new Map<string, ManagedIdentity>();
  /** Resources that do nothing here, by full resource id. */
  readonly stored = new Map<string, StoredResource>();
  readonly access = new RoleBasedAccess();

  constructor(readonly id: string) {}

  /** Removes what is at an id, and below it. @param id in lower case */
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
