import { type EvaluatedResource, kindOf, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { graphPermissionNamed, microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";

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
  /** As in `get` for secrets, `keys/get` for anything else, or the name of an Azure role. */
  readonly permissions: readonly string[];
}

export interface ServiceCredential {
  readonly service: string;
  readonly kind: "secret" | "certificate" | "federated";
  /** The resource's name: tells a service's credentials apart. */
  readonly name: string;
  /** The last day on which it is valid; none when it has no end, or before a deployment has told. */
  readonly ends?: string;
}

/** Who may do what, in names that two evaluations have in common. */
export interface AccessModel {
  readonly services: readonly string[];
  /** Managed identities: the workloads. */
  readonly identities: readonly string[];
  readonly roles: readonly OfferedRole[];
  readonly grants: readonly Grant[];
  /** What registrations ask for (API access), consented to or not. */
  readonly requests: readonly Pick<Grant, "caller" | "api" | "role">[];
  readonly readers: readonly VaultReader[];
  readonly credentials: readonly ServiceCredential[];
}

/** Built-in roles that let somebody read a vault's secrets. */
const secretRoles: Readonly<Record<string, string>> = Object.fromEntries(
  [azureRoles.keyVaultSecretsUser, azureRoles.keyVaultSecretsOfficer, azureRoles.keyVaultAdministrator].map(
    ({ id, name }) => [id, name],
  ),
);

/** The access that resources give, whether components made them or somebody wrote them by hand. */
export function accessModelOf(resources: readonly EvaluatedResource[]): AccessModel {
  const of = (...kinds: string[]) => resources.filter((resource) => kinds.includes(kindOf(resource)));
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));

  /**
   * The one of `candidates` that a property refers to: by its value, or by the resource that the value is to come from,
   * because before a deployment there are no ids, and a policy pack never sees those of azure-native.
   */
  const referenceTo = (candidates: readonly EvaluatedResource[], keys: (candidate: EvaluatedResource) => unknown[]) => {
    const known = (key: unknown) => key !== undefined && key !== "";
    const byKey = new Map(
      candidates.flatMap((candidate) =>
        keys(candidate)
          .filter(known)
          .map((key) => [key, candidate]),
      ),
    );
    const urns = new Set(candidates.map(({ urn }) => urn));
    return ({ properties, dependencies = {} }: EvaluatedResource, property: string): EvaluatedResource | undefined =>
      byKey.get(properties[property]) ?? byUrn.get((dependencies[property] ?? []).find((urn) => urns.has(urn)) ?? "");
  };

  const applications = of("ApplicationRegistration", "Application");
  const principals = of("ServicePrincipal");
  const identities = of("UserAssignedIdentity");
  const vaults = of("Vault");
  const offered = of("ApplicationAppRole");
  const applicationOf = referenceTo(applications, ({ id }) => [id]);
  const registrationOf = referenceTo(applications, ({ properties }) => [properties.clientId]);
  const principalOf = referenceTo([...principals, ...identities], ({ properties }) => [
    properties.objectId,
    properties.principalId,
  ]);
  const roleOf = referenceTo(offered, ({ properties }) => [properties.roleId]);
  const vaultOf = referenceTo(vaults, ({ id }) => [id]);

  const serviceOf = (resource: EvaluatedResource): string =>
    nameOfService(applicationOf(resource, "applicationId")) ?? `${resource.properties.applicationId}`;
  const nameOfPrincipal = (principal: EvaluatedResource | undefined, id: unknown): string => {
    if (!principal) return `${id}`;
    if (kindOf(principal) === "UserAssignedIdentity") return identityName(principal);
    return nameOfService(registrationOf(principal, "clientId")) ?? nameOfApi(principal.properties.clientId);
  };
  const principalNamed = (resource: EvaluatedResource, property: string): string =>
    nameOfPrincipal(principalOf(resource, property), resource.properties[property]);

  const accesses = of("ApplicationApiAccess");
  const accessesBeside = new Map<string, EvaluatedResource[]>();
  for (const access of accesses)
    accessesBeside.set(access.parent, [...(accessesBeside.get(access.parent) ?? []), access]);
  const apiOfAccess = (access: EvaluatedResource): string =>
    nameOfService(registrationOf(access, "apiClientId")) ?? nameOfApi(access.properties.apiClientId);
  /**
   * An API that no resource here makes: Microsoft Graph by the id of its role, which is the same in every tenant; another
   * by the one request that was made together with the grant.
   */
  const apiOf = (assignment: EvaluatedResource): string => {
    const { appRoleId } = assignment.properties;
    if (principalOf(assignment, "resourceObjectId")) return principalNamed(assignment, "resourceObjectId");
    if (graphPermissionNamed(appRoleId)) return nameOfApi(microsoftGraph);
    const [beside, ...others] = assignment.parent === "" ? [] : (accessesBeside.get(assignment.parent) ?? []);
    const { roleIds } = (beside?.properties ?? {}) as { roleIds?: unknown[] };
    const isAskedFor = appRoleId === undefined || roleIds?.includes(appRoleId);
    return beside && others.length === 0 && isAskedFor
      ? apiOfAccess(beside)
      : principalNamed(assignment, "resourceObjectId");
  };
  const grantOf = ({ parent }: EvaluatedResource) =>
    (byUrn.get(parent)?.properties ?? {}) as { because?: string; until?: string; roles?: readonly string[] };

  const grants = of("AppRoleAssignment").map((assignment): Grant => {
    const { because, until, roles = [] } = grantOf(assignment);
    // Not known offline of an API that is there already: then the resource is called after it.
    const named = () => roles.find((role) => nameOf(assignment.urn).endsWith(`-${role}`));
    const { appRoleId = named() } = assignment.properties;
    return {
      caller: principalNamed(assignment, "principalObjectId"),
      api: apiOf(assignment),
      role: nameOfRole(roleOf(assignment, "appRoleId"), appRoleId),
      ...(because === undefined ? {} : { because }),
      ...(until === undefined ? {} : { until }),
    };
  });
  const requests = accesses.flatMap((access) => {
    const { roleIds } = access.properties as { roleIds?: unknown[] };
    const api = apiOfAccess(access);
    return rolesAskedFor(access, roleIds).map((role) => ({ caller: serviceOf(access), api, role }));
  });
  function rolesAskedFor(access: EvaluatedResource, roleIds: unknown[] | undefined): readonly string[] {
    if (roleIds?.every((id) => id !== undefined && id !== null))
      return roleIds.map((id) => nameOfRole(roleOf({ ...access, properties: { id } }, "id"), id));
    // Not known yet: the roles that the ids are to come from, or those that the grant says.
    const toCome = offered.filter(({ urn }) => access.dependencies?.roleIds?.includes(urn));
    return toCome.length > 0 ? toCome.map((role) => nameOfRole(role, "")) : (grantOf(access).roles ?? []);
  }
  const readers = [
    ...vaults.flatMap((vault) => {
      const { accessPolicies = [] } = (vault.properties.properties ?? {}) as { accessPolicies?: Policy[] };
      const from = vault.dependencies?.properties ?? [];
      // One identity that is still to come can only be the reader that is not known yet.
      const [toCome, ...others] = identities.filter(({ urn }) => from.includes(urn));
      return accessPolicies.map(({ objectId, permissions }) => {
        const known = { ...vault, properties: { objectId }, dependencies: {} };
        const reader = objectId === undefined && others.length === 0 ? toCome : principalOf(known, "objectId");
        return {
          vault: nameOf(vault.urn),
          reader: nameOfPrincipal(reader, objectId ?? "somebody who is not known before the deployment"),
          permissions: permissionsOf(permissions),
        };
      });
    }),
    ...of("RoleAssignment").flatMap((assignment) => {
      const role = secretRoles[`${assignment.properties.roleDefinitionId}`.split("/").at(-1) ?? ""];
      const vault = vaultOf(assignment, "scope");
      return role
        ? [
            {
              vault: vault ? nameOf(vault.urn) : `${assignment.properties.scope}`,
              reader: principalNamed(assignment, "principalId"),
              permissions: [role],
            },
          ]
        : [];
    }),
  ];
  const credentials = (
    [
      ["ApplicationPassword", "secret"],
      ["ApplicationCertificate", "certificate"],
      ["ApplicationFederatedIdentityCredential", "federated"],
    ] as const
  ).flatMap(([type, kind]) =>
    of(type).map((credential): ServiceCredential => {
      const { endDate } = credential.properties;
      const ends = typeof endDate === "string" ? { ends: endDate.slice(0, 10) } : {};
      return { service: serviceOf(credential), kind, name: nameOf(credential.urn), ...ends };
    }),
  );
  return {
    services: applications.map((application) => nameOfService(application) as string).sort(),
    identities: identities.map(identityName).sort(),
    roles: sorted(offered.map((role) => ({ api: serviceOf(role), role: nameOfRole(role, "") }))),
    grants: sorted(grants),
    requests: sorted(requests),
    readers: sorted(readers),
    credentials: sorted(credentials),
  };
}

interface Policy {
  readonly objectId?: string;
  readonly permissions: Readonly<Record<string, readonly string[] | undefined>>;
}

const permissionsOf = (permissions: Policy["permissions"]): string[] =>
  Object.entries(permissions)
    .flatMap(([of, names = []]) => names.map((name) => (of === "secrets" ? name : `${of}/${name}`)))
    .sort();

const identityName = ({ properties }: EvaluatedResource): string => `${properties.name ?? properties.resourceName}`;

const nameOfService = (application: EvaluatedResource | undefined): string | undefined =>
  application && `${application.properties.displayName}`;

const nameOfApi = (clientId: unknown): string => (clientId === microsoftGraph ? "Microsoft Graph" : `${clientId}`);

const nameOfRole = (role: EvaluatedResource | undefined, id: unknown): string =>
  role ? `${role.properties.value}` : (graphPermissionNamed(id)?.name ?? `${id}`);

const sorted = <T>(rows: readonly T[]): T[] =>
  [...rows].sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
