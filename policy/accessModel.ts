import { nameOf, type ReviewedResource } from "./resources";

/** An app role that a service's API offers. */
export interface OfferedRole {
  readonly api: string;
  readonly role: string;
}

/** What one service may do at another: an app role assignment, with the admin consent that it is. */
export interface Grant {
  readonly caller: string;
  readonly api: string;
  readonly role: string;
  /** Why, if a reason was given. */
  readonly because?: string;
  /** The last day of the need, `2027-03-31`. */
  readonly until?: string;
}

export interface VaultReader {
  readonly vault: string;
  readonly reader: string;
  /** As in `get`, or the name of an Azure role. */
  readonly permissions: readonly string[];
}

export interface ServiceCredential {
  readonly service: string;
  readonly kind: "secret" | "certificate" | "federated";
  /** The resource's name: tells a service's credentials apart. */
  readonly name: string;
}

/** Who may do what, in names that two evaluations have in common. */
export interface AccessModel {
  readonly services: readonly string[];
  readonly roles: readonly OfferedRole[];
  readonly grants: readonly Grant[];
  readonly readers: readonly VaultReader[];
  readonly credentials: readonly ServiceCredential[];
}

type Properties = ReviewedResource["properties"];
const kindOf = ({ type }: ReviewedResource): string => type.split(":").at(-1) as string;

/** Built-in roles that let somebody read a vault's secrets. */
const secretRoles: Record<string, string> = {
  "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
  "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
  "00482a5a-887f-4fb3-b363-3b7fe8e74483": "Key Vault Administrator",
};

/** The access that resources give, whether components made them or somebody wrote them by hand. */
export function accessModelOf(resources: readonly ReviewedResource[]): AccessModel {
  const of = (...kinds: string[]) => resources.filter((resource) => kinds.includes(kindOf(resource)));
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));

  const applications = of("ApplicationRegistration", "Application");
  const serviceOf = (properties: Properties): string =>
    nameOfService(applications.find(({ id }) => id === properties.applicationId)) ?? `${properties.applicationId}`;
  const principals = new Map<unknown, string>();
  for (const { properties } of of("ServicePrincipal")) {
    const application = applications.find((each) => each.properties.clientId === properties.clientId);
    principals.set(properties.objectId, nameOfService(application) ?? `${properties.clientId}`);
  }
  const identities = new Map(
    of("UserAssignedIdentity").map(({ properties }) => [properties.principalId, `${properties.name}`]),
  );
  const nameOfPrincipal = (id: unknown): string => principals.get(id) ?? identities.get(id) ?? `${id}`;

  const roles = of("ApplicationAppRole").map(({ properties }) => ({
    id: properties.roleId,
    api: serviceOf(properties),
    role: `${properties.value}`,
  }));
  const grants = of("AppRoleAssignment").map(({ properties, parent }): Grant => {
    const { because, until } = (byUrn.get(parent)?.properties ?? {}) as { because?: string; until?: string };
    return {
      caller: nameOfPrincipal(properties.principalObjectId),
      api: nameOfPrincipal(properties.resourceObjectId),
      role: roles.find(({ id }) => id === properties.appRoleId)?.role ?? `${properties.appRoleId}`,
      ...(because === undefined ? {} : { because }),
      ...(until === undefined ? {} : { until }),
    };
  });
  const vaults = of("Vault");
  const vaultName = (vault: ReviewedResource | undefined) => vault && nameOf(vault.urn);
  const readers = [
    ...vaults.flatMap((vault) => {
      const { accessPolicies = [] } = vault.properties.properties as { accessPolicies?: Policy[] };
      return accessPolicies.map(({ objectId, permissions }) => ({
        vault: nameOf(vault.urn),
        reader: nameOfPrincipal(objectId),
        permissions: [...(permissions.secrets ?? [])].sort(),
      }));
    }),
    ...of("RoleAssignment").flatMap(({ properties }) => {
      const role = secretRoles[`${properties.roleDefinitionId}`.split("/").at(-1) ?? ""];
      const vault = vaultName(vaults.find(({ id }) => id === properties.scope)) ?? `${properties.scope}`;
      return role ? [{ vault, reader: nameOfPrincipal(properties.principalId), permissions: [role] }] : [];
    }),
  ];
  const credentials = (
    [
      ["ApplicationPassword", "secret"],
      ["ApplicationCertificate", "certificate"],
      ["ApplicationFederatedIdentityCredential", "federated"],
    ] as const
  ).flatMap(([type, kind]) =>
    of(type).map(({ urn, properties }) => ({ service: serviceOf(properties), kind, name: nameOf(urn) })),
  );
  return {
    services: applications.map((application) => nameOfService(application) as string).sort(),
    roles: sorted(roles.map(({ api, role }) => ({ api, role }))),
    grants: sorted(grants),
    readers: sorted(readers),
    credentials: sorted(credentials),
  };
}

interface Policy {
  readonly objectId: string;
  readonly permissions: { readonly secrets?: readonly string[] };
}

const nameOfService = (application: ReviewedResource | undefined): string | undefined =>
  application && `${application.properties.displayName}`;

const sorted = <T>(rows: readonly T[]): T[] =>
  [...rows].sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
