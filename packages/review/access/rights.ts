import {
  type EvaluatedResource,
  isUnknown,
  nameOf,
  unknownValue,
} from "@microservice-identities/engine/evaluation/evaluatedResource";
import {
  azureRoleWithId,
  directoryRoleNamed,
  directoryRoleWithId,
} from "@microservice-identities/well-known/azureRoles";
import { lastPart } from "@microservice-identities/well-known/ids";
import { isKnown, referencesTo } from "../references";
import { ofType, packageOf, typeOf } from "../resourceType";
import { powersOf } from "./azureActions";
import type { Directory } from "./directory";
import { listOf } from "./offeredRoles";
import {
  type Opening,
  openingsOfBuiltInRole,
  openingsOfCustomDirectoryRole,
  openingsOfDefinition,
  openingsOfDirectoryRole,
  openingsOfUnknownRole,
} from "./openings";
import { vaultReferences } from "./readers";
import { signsInFrom } from "./signInWords";
import { type Unknowns, unknownsIn } from "./unknowns";
import { valueText } from "./valueText";
import { assignmentTypes, definitionsIn, vaultRolesIn } from "./vaultRoles";

export const rightKinds = ["directory role", "Azure role", "delegated grant", "owner", "member", "sign-in"] as const;

export const rightPlaces = ["vault", "managed identity", "resource group", "registration"] as const;

/** A right other than calling an API or reading a vault. */
export interface Right {
  readonly kind: (typeof rightKinds)[number];
  readonly holder: string;
  /** For example `Global Administrator`. */
  readonly what: string;
  /** Where it applies: a scope, an API or an application; empty for the whole tenant. */
  readonly at: string;
  /** The kind of resource, for a role on a resource that the stack creates. Then `at` is its name. */
  readonly place?: (typeof rightPlaces)[number];
  /** The name of the resource that grants it. */
  readonly resource: string;
  /** Its tier, as for permissions; absent if no tier is published. */
  readonly tier?: 0 | 1 | 2 | 3;
  /** A verb phrase that says what the role allows; messages print it after "which". Absent if unknown. */
  readonly because?: string;
  /** The holder has to activate the role first. Default false. */
  readonly eligible?: true;
  /** The condition under which the role applies. Default: it always applies. */
  readonly condition?: string;
  /** Its holder, its role or its place is not known yet. Default false. */
  readonly unknown?: true;
  /** The role lets its holder use vaults, and do nothing else. Default false. */
  readonly usesVaults?: true;
  /** What the role lets its holder take over or access. Absent if nothing is known. */
  readonly opens?: readonly Opening[];
}

/** Directory roles, Azure roles, delegated grants, ownership, membership, and who signs in as managed identities. */
export function rightsIn(
  resources: readonly EvaluatedResource[],
  directory: Directory,
  unknowns: Unknowns,
): readonly Right[] {
  const all = { resources, directory, unknowns };
  return [
    ...directoryRights(all),
    ...azureRights(all),
    ...delegatedRights(all),
    ...owners(all),
    ...members(all),
    ...signIns(all),
    ...runsAs(all),
  ];
}

interface Sources {
  readonly resources: readonly EvaluatedResource[];
  readonly directory: Directory;
  readonly unknowns: Unknowns;
}

function directoryRights({ resources, directory, unknowns }: Sources): Right[] {
  const activated = ofType(resources, "azuread:DirectoryRole", "azuread:CustomDirectoryRole");
  const roleAt = referencesTo(activated, ({ id, properties: { objectId, templateId } }) => [id, objectId, templateId]);
  const of = (types: readonly string[], holder: string, role: string, scope: string) =>
    ofType(resources, ...types).map((assignment): Right => {
      const party = directory.principal(assignment, holder);
      unknowns.addParty(assignment, holder, party);
      const value = assignment.properties[role];
      const own = roleAt(assignment, role);
      const { displayName, templateId } = own?.properties ?? {};
      const known =
        directoryRoleWithId(isKnown(templateId) ? templateId : value) ?? directoryRoleNamed(`${displayName ?? ""}`);
      if (!own && !isKnown(value)) unknowns.add(assignment, role, value);
      const scoped = assignment.properties[scope];
      const isScoped = isKnown(scoped) && scoped !== "/";
      const registration = isScoped ? registrationAt(directory, assignment, scope, lastPart(scoped)) : undefined;
      const opens = known
        ? openingsOfDirectoryRole(known.name)
        : openingsOfCustomDirectoryRole(own?.properties.permissions);
      const what = known?.name ?? [displayName, value].find(isKnown);
      return {
        kind: "directory role",
        holder: party.name,
        what: `${what ?? "an unknown role"}`,
        at: registration ? directory.nameOf(registration) : isScoped ? `${scoped}` : "",
        ...(registration ? { place: "registration" as const } : {}),
        resource: nameOf(assignment.urn),
        ...(isEligibility(assignment) ? { eligible: true as const } : {}),
        ...(known?.tier === undefined ? {} : { tier: known.tier }),
        ...unknownIf(party.unknown !== undefined || what === undefined),
        ...(opens.length > 0 ? { opens } : {}),
      };
    });
  return [
    ...of(["azuread:DirectoryRoleAssignment"], "principalObjectId", "roleId", "directoryScopeId"),
    ...of(["azuread:DirectoryRoleMember"], "memberObjectId", "roleObjectId", ""),
    ...of(["azuread:AdministrativeUnitRoleMember"], "memberObjectId", "roleObjectId", "administrativeUnitObjectId"),
    ...of(["azuread:DirectoryRoleEligibilityScheduleRequest"], "principalId", "roleDefinitionId", "directoryScopeId"),
  ];
}

/** A role's scope can be an application, or its service principal. */
function registrationAt(directory: Directory, assignment: EvaluatedResource, property: string, objectId: string) {
  const application = directory.applicationAt(assignment, property, objectId);
  if (application) return application;
  const { resource } = directory.principal(assignment, property, objectId);
  return resource && directory.applications.includes(resource) ? resource : undefined;
}

function azureRights({ resources, directory, unknowns }: Sources): Right[] {
  const definitionAt = definitionsIn(resources);
  const vaultRoleOf = vaultRolesIn(resources);
  const vaultAt = vaultReferences(ofType(resources, "azure-native:keyvault:Vault"));
  const identityAt = referencesTo(directory.identities, ({ id }) => [id]);
  const groupAt = referencesTo(ofType(resources, "azure-native:resources:ResourceGroup"), ({ id }) => [id]);
  return ofType(resources, ...assignmentTypes).map((assignment): Right => {
    const { roleDefinitionId, scope, condition } = assignment.properties;
    const party = directory.principal(assignment, "principalId");
    unknowns.addParty(assignment, "principalId", party);
    const builtIn = isKnown(roleDefinitionId) ? azureRoleWithId(roleDefinitionId) : undefined;
    const own = builtIn === undefined ? definitionAt(assignment, "roleDefinitionId") : undefined;
    const vaultRole = vaultRoleOf(assignment);
    if (!own && !isKnown(roleDefinitionId)) unknowns.add(assignment, "roleDefinitionId", roleDefinitionId);
    const identity = identityAt(assignment, "scope");
    const vault = vaultAt(assignment, "scope");
    const place = vault ?? identity ?? groupAt(assignment, "scope");
    if (isKnown(scope) && isOddScope(scope))
      unknowns.add(assignment, "scope", unknownValue("is not written as Azure writes scopes"));
    // If the scope depends on a resource that is created later, it is that resource's id. Any other unresolved scope is unknown.
    if (!place && !isKnown(scope) && (assignment.dependencies?.scope ?? []).length === 0)
      unknowns.add(assignment, "scope", scope);
    const [gravest, ...others] = own ? powersOf(own.properties.permissions) : [];
    const tier = own
      ? gravest
        ? (Math.min(gravest.tier, ...others.map((each) => each.tier)) as 0 | 1)
        : 2
      : builtIn?.tier;
    const opens = builtIn
      ? openingsOfBuiltInRole(builtIn.name)
      : own
        ? openingsOfDefinition(own.properties.permissions)
        : vaultRole
          ? (["reads secrets"] as const)
          : openingsOfUnknownRole;
    const name =
      builtIn?.name ?? (own ? `${own.properties.roleName ?? nameOf(own.urn)}` : (vaultRole?.name ?? roleDefinitionId));
    return {
      kind: "Azure role",
      holder: party.name,
      what: text(name),
      at: place ? placeName(place, directory) : isKnown(scope) ? writtenScope(scope) : text(scope),
      ...(place ? { place: vault ? "vault" : identity ? "managed identity" : ("resource group" as const) } : {}),
      resource: nameOf(assignment.urn),
      ...(isEligibility(assignment) ? { eligible: true as const } : {}),
      ...(isKnown(condition) ? { condition: `${condition}` } : {}),
      ...(vaultRole ? { usesVaults: true as const } : {}),
      ...(tier === undefined ? {} : { tier }),
      ...unknownIf(party.unknown !== undefined || isUnknown(name) || (!place && isUnknown(scope))),
      ...(gravest ? { because: [gravest, ...others].map((power) => power.text).join(", ") } : {}),
      ...(opens.length > 0 ? { opens } : {}),
    };
  });
}

/** Names a managed identity by its own name, like holders; other resources by their Pulumi name. */
const placeName = (place: EvaluatedResource, directory: Directory): string =>
  directory.identities.includes(place) ? directory.nameOf(place) : nameOf(place.urn);

/** Offline, the id of a resource is its URN or a GUID, and a scope can begin with it. */
const isOfflineId = (scope: string): boolean =>
  /^(urn:pulumi:|[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}(\/|$))/i.test(scope);

/** Resource Manager accepts a scope without its first slash, and with several in a row. */
function writtenScope(scope: unknown): string {
  const text = `${scope}`.trim();
  return isOfflineId(text) ? text : `/${text.split("/").filter(Boolean).join("/")}`;
}

/** Whether a scope contains encoded characters, queries or `..`: Azure may resolve it to a larger scope. */
const isOddScope = (scope: unknown): boolean =>
  !isOfflineId(`${scope}`.trim()) && /[%?#\\\p{Cc}\p{Cf}]|(^|\/)\.{1,2}(\/|$)/u.test(`${scope}`.trim());

const isEligibility = ({ type }: EvaluatedResource): boolean => /:\w*Eligibility\w*$/.test(type);

/** Scopes that every application requests when people sign in to it. */
const basicScopes: readonly unknown[] = ["openid", "profile", "email", "offline_access", "User.Read"];

function delegatedRights({ resources, directory, unknowns }: Sources): Right[] {
  const grants = ofType(resources, "azuread:ServicePrincipalDelegatedPermissionGrant").flatMap((grant): Right[] => {
    const client = directory.principal(grant, "servicePrincipalObjectId");
    const api = directory.principal(grant, "resourceServicePrincipalObjectId");
    unknowns.addParty(grant, "servicePrincipalObjectId", client);
    unknowns.addParty(grant, "resourceServicePrincipalObjectId", api);
    const { userObjectId, claimValues } = grant.properties;
    unknowns.addList(grant, "claimValues");
    const who = isKnown(userObjectId) ? `as ${userObjectId}` : "as everybody";
    return listOf(claimValues).map((scope) => ({
      kind: "delegated grant",
      holder: client.name,
      what: `${text(scope)} ${who}`,
      at: api.name,
      resource: nameOf(grant.urn),
      tier: basicScopes.includes(scope) ? 1 : 0,
      ...unknownIf(client.unknown !== undefined || api.unknown !== undefined || isUnknown(scope)),
    }));
  });
  const preAuthorized = ofType(resources, "azuread:ApplicationPreAuthorized").map((trust): Right => {
    const client = directory.application(trust, "authorizedClientId");
    const api = directory.service(trust);
    unknowns.addParty(trust, "authorizedClientId", client);
    unknowns.addParty(trust, "applicationId", api);
    return {
      kind: "delegated grant",
      holder: client.name,
      what: "its pre-authorized scopes as every user, without their consent",
      at: api.name,
      resource: nameOf(trust.urn),
      tier: client.resource ? 1 : 0,
      ...unknownIf(client.unknown !== undefined || api.unknown !== undefined),
    };
  });
  return [...grants, ...preAuthorized];
}

/** The words for the right of an owner that a separate resource declares, between the owner and the registration. */
export const additionalOwner = "is an additional owner of";

function owners({ resources, directory, unknowns }: Sources): Right[] {
  const separate = ofType(resources, "azuread:ApplicationOwner").map((owner): Right => {
    const holder = directory.principal(owner, "ownerObjectId");
    const application = directory.service(owner);
    unknowns.addParty(owner, "ownerObjectId", holder);
    unknowns.addParty(owner, "applicationId", application);
    return {
      kind: "owner",
      holder: holder.name,
      what: additionalOwner,
      at: application.name,
      resource: nameOf(owner.urn),
    };
  });
  const inline = ofType(
    resources,
    "azuread:Application",
    "azuread:ServicePrincipal",
    "azuread:Group",
    "azuread:GroupWithoutMembers",
  );
  const listed = inline.flatMap((owned) => {
    unknowns.addList(owned, "owners");
    return listOf(owned.properties.owners).map((owner): Right => {
      const holder = directory.principal(owned, "owners", owner);
      unknowns.addParty(owned, "owners", holder);
      const at =
        typeOf(owned) === "azuread:ServicePrincipal"
          ? directory.application(owned, "clientId").name
          : directory.nameOf(owned);
      return { kind: "owner", holder: holder.name, what: "owns", at, resource: nameOf(owned.urn) };
    });
  });
  return [...separate, ...listed];
}

function members({ resources, directory, unknowns }: Sources): Right[] {
  const separate = ofType(resources, "azuread:GroupMember").map((member): Right => {
    const holder = directory.principal(member, "memberObjectId");
    const group = directory.principal(member, "groupObjectId");
    unknowns.addParty(member, "memberObjectId", holder);
    unknowns.addParty(member, "groupObjectId", group);
    return {
      kind: "member",
      holder: holder.name,
      what: "is a member of",
      at: group.name,
      resource: nameOf(member.urn),
    };
  });
  const inline = ofType(resources, "azuread:Group").flatMap((group) => {
    unknowns.addList(group, "members");
    return listOf(group.properties.members).map((member): Right => {
      const holder = directory.principal(group, "members", member);
      unknowns.addParty(group, "members", holder);
      return {
        kind: "member",
        holder: holder.name,
        what: "is a member of",
        at: directory.nameOf(group),
        resource: nameOf(group.urn),
      };
    });
  });
  return [...separate, ...inline];
}

/** The subjects whose tokens a managed identity trusts. */
function signIns({ resources, directory, unknowns }: Sources): Right[] {
  const identityAt = referencesTo(directory.identities, ({ properties: { name, resourceName } }) => [
    name,
    resourceName,
  ]);
  return ofType(resources, "azure-native:managedidentity:FederatedIdentityCredential").map((credential): Right => {
    const identity = identityAt(credential, "resourceName");
    const { issuer, subject, resourceName } = credential.properties;
    if (!identity && !isKnown(resourceName)) unknowns.add(credential, "resourceName", resourceName);
    return {
      kind: "sign-in",
      holder: text(subject),
      what: signsInFrom(text(issuer)),
      at: identity ? directory.nameOf(identity) : text(resourceName),
      resource: nameOf(credential.urn),
    };
  });
}

/** The workloads that run as a managed identity, with all its rights: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/ */
function runsAs({ resources, directory, unknowns }: Sources): Right[] {
  const identityAt = referencesTo(directory.identities, ({ id, properties: { name, resourceName } }) => [
    id,
    name,
    resourceName,
  ]);
  return resources
    .filter((resource) => !resource.component && packageOf(resource) === "azure-native")
    .flatMap((resource) => {
      for (const [path, value] of unknownsIn(resource.properties.identity, "identity"))
        if (!/\.(principalId|clientId|tenantId)$/.test(path)) unknowns.add(resource, path, value);
      const { userAssignedIdentities } = (resource.properties.identity ?? {}) as { userAssignedIdentities?: unknown };
      const ids = Array.isArray(userAssignedIdentities)
        ? userAssignedIdentities
        : Object.keys(userAssignedIdentities ?? {});
      return ids.map((id: unknown): Right => {
        const identity =
          identityAt(resource, "identity", id) ??
          (isKnown(id) ? identityAt(resource, "identity", lastPart(id)) : undefined);
        return {
          kind: "sign-in",
          holder: nameOf(resource.urn),
          what: "runs as",
          at: identity ? directory.nameOf(identity) : text(id),
          resource: nameOf(resource.urn),
        };
      });
    });
}

const unknownIf = (is: boolean): Pick<Right, "unknown"> => (is ? { unknown: true } : {});

const text = (value: unknown): string => valueText(value ?? "");

/** The name of a role, with "(eligible)" or its condition if it does not always apply. */
export const roleText = ({ what, eligible, condition }: Right): string =>
  `${what}${eligible ? " (eligible)" : ""}${condition === undefined ? "" : ` (on condition: ${condition})`}`;

/** One line, for the list of changes. */
export const textOfRight = (right: Right): string => {
  const { kind, holder, what, at } = right;
  if (kind === "Azure role" || kind === "directory role")
    return `${holder} has the ${kind} ${roleText(right)}${at ? ` on ${at}` : ""}`;
  if (kind === "delegated grant") return `${holder} may call ${at} with ${what}`;
  return `${holder} ${what} ${at}`;
};
