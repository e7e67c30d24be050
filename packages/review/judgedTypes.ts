import { type EvaluatedResource, isUnknown } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { packageOf, typeOf } from "./resourceType";

/** Why the review cannot tell which access a resource grants; `undefined` if it can, or if the resource grants none. */
export function whyNotJudged(resource: EvaluatedResource): string | undefined {
  const type = typeOf(resource);
  if (harmlessPackages.includes(packageOf(resource)) || harmless.has(type)) return undefined;
  if (harmlessModules.some((module) => type.startsWith(`azure-native:${module}:`))) return undefined;
  if (judged.has(type)) return moreThanJudged(type, resource);
  if (type.startsWith("pulumi-nodejs:") || type.startsWith("pulumi-python:"))
    return `belongs to a dynamic provider (${resource.type}), which runs code of its own`;
  return `is of a type that the rules do not understand (${resource.type})`;
}

/** Resources with random values, keys and times, which have no access to anything. */
const harmlessPackages: readonly string[] = ["random", "tls", "time", "pulumi"];

/** Resources of azure-native that grant no right to an identity and run no code. */
const harmlessModules: readonly string[] = [
  "network",
  "dns",
  "privatedns",
  "operationalinsights",
  "applicationinsights",
  "monitor",
];

const harmless: ReadonlySet<string> = new Set([
  "azuread:ApplicationIdentifierUri",
  "azure-native:keyvault:Secret",
  "azure-native:keyvault:PrivateEndpointConnection",
  "azure-native:authorization:ManagementLockByScope",
  "azure-native:authorization:ManagementLockAtResourceGroupLevel",
  "azure-native:authorization:ManagementLockAtResourceLevel",
  "azure-native:authorization:ManagementLockAtSubscriptionLevel",
  "azure-native:storage:StorageAccount",
  "azure-native:storage:BlobContainer",
  "azure-native:storage:Queue",
  "azure-native:storage:Table",
  "azure-native:storage:FileShare",
  "azure-native:storage:ManagementPolicy",
  "azure-native:recoveryservices:Vault",
  "azure-native:recoveryservices:ProtectionPolicy",
  "azure-native:batch:Application",
  "azure-native:batch:BatchAccount",
  "azure-native:containerregistry:Registry",
  "azure-native:servicebus:Namespace",
  "azure-native:servicebus:Queue",
  "azure-native:servicebus:Topic",
  "azure-native:servicebus:Subscription",
  "azure-native:eventgrid:EventSubscription",
  "azure-native:eventhub:Namespace",
  "azure-native:eventhub:EventHub",
  "azure-native:eventhub:ConsumerGroup",
  "azure-native:web:AppServicePlan",
  "azure-native:web:WebApp",
  "azure-native:app:ManagedEnvironment",
  "azure-native:app:ContainerApp",
]);

/** The types that the access model and the rules understand. */
const judged: ReadonlySet<string> = new Set([
  "azuread:Application",
  "azuread:ApplicationRegistration",
  "azuread:ApplicationApiAccess",
  "azuread:ApplicationAppRole",
  "azuread:ApplicationCertificate",
  "azuread:ApplicationFallbackPublicClient",
  "azuread:ApplicationFederatedIdentityCredential",
  "azuread:ApplicationFlexibleFederatedIdentityCredential",
  "azuread:ApplicationOptionalClaims",
  "azuread:ApplicationOwner",
  "azuread:ApplicationPassword",
  "azuread:ApplicationPermissionScope",
  "azuread:ApplicationPreAuthorized",
  "azuread:ApplicationRedirectUris",
  "azuread:AppRoleAssignment",
  "azuread:AdministrativeUnitRoleMember",
  "azuread:DirectoryRole",
  "azuread:DirectoryRoleAssignment",
  "azuread:DirectoryRoleEligibilityScheduleRequest",
  "azuread:DirectoryRoleMember",
  "azuread:Group",
  "azuread:GroupMember",
  "azuread:ServicePrincipal",
  "azuread:ServicePrincipalCertificate",
  "azuread:ServicePrincipalDelegatedPermissionGrant",
  "azuread:ServicePrincipalPassword",
  "azure-native:authorization:PimRoleEligibilitySchedule",
  "azure-native:authorization:RoleAssignment",
  "azure-native:authorization:RoleDefinition",
  "azure-native:keyvault:AccessPolicy",
  "azure-native:keyvault:Vault",
  "azure-native:managedidentity:FederatedIdentityCredential",
  "azure-native:managedidentity:UserAssignedIdentity",
  "azure-native:resources:ResourceGroup",
]);

/** Properties of understood types that the rules do not understand. */
function moreThanJudged(type: string, { properties }: EvaluatedResource): string | undefined {
  const set = (property: string) => {
    const value = at(properties, property);
    // The provider reports it for every application; before a deployment it is unknown.
    if (property === "templateId" && isUnknown(value)) return false;
    return hasContent(value) && !(usual[property] ?? []).includes(`${value}`.toLowerCase());
  };
  const beyond = (beyondJudgement[type] ?? []).filter(set);
  const withRoles = (claimsIn[type] ?? []).filter((property) => emitsRoles(at(properties, property)));
  if (withRoles.length > 0)
    return `sets ${withRoles.join(" and ")} so that the names of groups become roles in tokens, without an app role assignment`;
  if (type === "azuread:Group" && isOpenToAll(properties)) beyond.push("visibility");
  return beyond.length > 0 ? `sets ${beyond.join(" and ")}, which the rules do not understand` : undefined;
}

const at = (value: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>((within, key) => (within as Record<string, unknown> | null | undefined)?.[key], value);

/** Anybody may join a group of Microsoft 365 that is not private: https://learn.microsoft.com/graph/api/resources/group */
const isOpenToAll = ({ types, visibility }: EvaluatedResource["properties"]): boolean =>
  JSON.stringify(types ?? "").includes("Unified") && !/^(private|hiddenmembership)$/i.test(`${visibility ?? ""}`);

/** The provider also reports properties that the program does not set: as null, false, an empty string or an id of zeros. */
const hasContent = (value: unknown): boolean =>
  typeof value === "object" && value !== null
    ? Object.values(value).some(hasContent)
    : value !== undefined && ![null, false, "", "00000000-0000-0000-0000-000000000000"].includes(value as null);

/** By type, where optional claims are. */
const claimsIn: Readonly<Record<string, readonly string[]>> = {
  "azuread:Application": ["optionalClaims"],
  "azuread:ApplicationOptionalClaims": ["accessTokens", "idTokens", "saml2Tokens"],
};

/** https://learn.microsoft.com/entra/identity-platform/optional-claims#configure-groups-optional-claims */
const emitsRoles = (claims: unknown): boolean =>
  isUnknown(claims) || /emit_as_roles/i.test(JSON.stringify(claims ?? ""));

/** Properties that grant access in a way that no rule understands. */
const beyondJudgement: Readonly<Record<string, readonly string[]>> = {
  // Everybody who matches the rule is a member, and a group with directory roles makes its members administrators.
  "azuread:Group": ["dynamicMembership", "assignableToRole", "onpremisesGroupType", "writebackEnabled"],
  // Known clients get their consent together with the API's; a policy decides what mapped claims contain.
  "azuread:Application": ["templateId", "api.knownClientApplications", "api.mappedClaimsEnabled"],
  "azuread:ServicePrincipal": ["samlSingleSignOn", "preferredSingleSignOnMode"],
  "azure-native:authorization:RoleAssignment": ["delegatedManagedIdentityResourceId"],
  // The resource that manages a group may change what is in it.
  "azure-native:resources:ResourceGroup": ["managedBy"],
  // A recovered vault has its earlier access policies.
  "azure-native:keyvault:Vault": ["properties.createMode"],
};

/** Values without any effect. */
const usual: Readonly<Record<string, readonly string[]>> = { "properties.createMode": ["default"] };
