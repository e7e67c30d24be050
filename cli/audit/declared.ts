import type { StateResource } from "@microservice-identities/engine/deployment/stack";
import { normalizedId } from "@microservice-identities/well-known/ids";

/** A registration or a principal of the audited stacks. */
export interface Declared {
  readonly id: string;
  readonly name: string;
  readonly owners: ReadonlySet<string>;
}

/** Everything that the states of the audited stacks contain, which is what their deployments made. */
export interface DeclaredAccess {
  readonly applications: readonly (Declared & { readonly clientId: string })[];
  /** Service principals of the registrations. */
  readonly principals: readonly Declared[];
  readonly identities: readonly { readonly id: string; readonly name: string; readonly principalId: string }[];
  readonly vaults: readonly {
    readonly id: string;
    readonly name: string;
    readonly readers: ReadonlySet<string>;
    readonly network: ReadonlySet<string>;
  }[];
  /** Ids of the grants, credentials, federated credentials and role assignments, in small letters. */
  readonly ids: ReadonlySet<string>;
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map((each) => normalizedId(each)) : []);

/** @param resources of all audited stacks together: a call between two of them is declared in one */
export function declaredIn(resources: readonly StateResource[]): DeclaredAccess {
  const of = (kind: string) => resources.filter(({ type }) => type.endsWith(`:${kind}`));
  const named = ({ outputs }: StateResource) => `${outputs.displayName ?? outputs.objectId}`;
  return {
    applications: of("Application").map((resource) => ({
      id: `${resource.outputs.objectId ?? nameIn(resource.id)}`,
      clientId: `${resource.outputs.clientId}`,
      name: named(resource),
      owners: new Set(texts(resource.outputs.owners)),
    })),
    principals: of("ServicePrincipal").map((resource) => ({
      id: `${resource.outputs.objectId}`,
      name: named(resource),
      owners: new Set(texts(resource.outputs.owners)),
    })),
    identities: of("UserAssignedIdentity").map(({ id, outputs }) => ({
      id,
      name: nameIn(id),
      principalId: `${outputs.principalId}`,
    })),
    vaults: of("Vault").map(({ id, outputs }) => {
      const properties = (outputs.properties ?? {}) as VaultProperties;
      return {
        id,
        name: nameIn(id),
        readers: new Set(
          (properties.accessPolicies ?? []).map(({ objectId, permissions = {} }) => readerKey(objectId, permissions)),
        ),
        network: new Set(networkOf(properties)),
      };
    }),
    ids: new Set(
      resources.flatMap(({ type, id, outputs }) => [
        id.toLowerCase(),
        ...(/:Application(Password|Certificate)$/.test(type) ? [normalizedId(outputs.keyId)] : []),
        ...(/FederatedIdentityCredential$/.test(type) && outputs.credentialId
          ? [normalizedId(outputs.credentialId)]
          : []),
        normalizedId(nameIn(id)),
      ]),
    ),
  };
}

export interface VaultProperties {
  readonly accessPolicies?: readonly { readonly objectId: string; readonly permissions?: Permissions }[];
  readonly publicNetworkAccess?: string;
  readonly networkAcls?: {
    readonly defaultAction?: string;
    readonly ipRules?: readonly { readonly value: string }[];
    readonly virtualNetworkRules?: readonly { readonly id: string }[];
  };
}

export type Permissions = Readonly<Record<string, readonly string[] | null | undefined>>;

/** Who may do what in a vault, the same for the same permissions in any order and spelling. */
export const readerKey = (objectId: string, permissions: Permissions): string =>
  `${normalizedId(objectId)}: ${permissionsText(permissions)}`;

export const permissionsText = (permissions: Permissions): string =>
  Object.entries(permissions)
    .filter(([, allowed]) => (allowed ?? []).length > 0)
    .map(
      ([kind, allowed]) =>
        `${kind} ${[...(allowed ?? [])]
          .map((each) => each.toLowerCase())
          .sort()
          .join(", ")}`,
    )
    .sort()
    .join("; ");

/** From where a vault can be reached: `everywhere`, addresses and subnets. */
export function networkOf({ publicNetworkAccess = "enabled", networkAcls }: VaultProperties): string[] {
  if (publicNetworkAccess.toLowerCase() === "disabled") return [];
  if (networkAcls === undefined || networkAcls.defaultAction?.toLowerCase() !== "deny") return ["everywhere"];
  return [
    ...(networkAcls.ipRules ?? []).map(({ value }) => value.replace(/\/32$/, "")),
    ...(networkAcls.virtualNetworkRules ?? []).map(({ id }) => id.toLowerCase()),
  ];
}

export const nameIn = (id: string): string => id.split("/").at(-1) ?? "";
