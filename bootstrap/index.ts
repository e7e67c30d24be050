import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment";
import { RoleDefinition } from "@pulumi/azure-native/authorization/roleDefinition";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import { CustomDirectoryRole } from "@pulumi/azuread/customDirectoryRole";
import { DirectoryRoleAssignment } from "@pulumi/azuread/directoryRoleAssignment";
import * as pulumi from "@pulumi/pulumi";
import { RandomUuid } from "@pulumi/random/randomUuid";
import { PipelineIdentity, type TrustedJob } from "../components/pipelineIdentity";
import { authorityIn } from "../packages/validation/formats";
import { azureRoles } from "../packages/well-known/azureRoles";
import { clouds, githubIssuer, publicCloud } from "../packages/well-known/clouds";
import { consentAction, consentPolicy } from "../packages/well-known/consentPolicy";
import { landingZoneActions, registrarActions } from "./registrarActions";
import { assignerActions, getSecret, onlyRoles } from "./roleAssignments";
import { githubCredentialName, pipelinesGroup, readSettings } from "./settings";

const environment = pulumi.getStack();
const settings = readSettings(pulumi.runtime.allConfig(), pulumi.getProject(), environment);
const { location } = settings;
const cloud = clouds[settings.cloud];
const { subscriptionId, tenantId } = getClientConfigOutput();
const subscription = pulumi.interpolate`/subscriptions/${subscriptionId}`;

const group = new ResourceGroup(
  "pipelines",
  { resourceGroupName: pipelinesGroup(environment), location },
  // A change of the location would delete the identities in it.
  { protect: true },
);

type Connection = "registrar" | "consenter" | "previewer" | "auditor";
type Environment = "everyday" | "daily" | "consent";

/**
 * The jobs of GitHub's and GitLab's deployment environments and the service connections of Azure Pipelines that can sign in.
 *
 * @param environments the deployment environments whose jobs can sign in; empty for the jobs of pull requests, which run in no environment
 */
function jobs(connections: readonly Connection[], environments: readonly Environment[]): TrustedJob[] {
  const { githubSubject, azurePipelines, gitlab } = settings;
  const named = environments.map((kind) => (kind === "everyday" ? environment : `${environment}-${kind}`));
  const subjects = environments.length > 0 ? named.map((name) => `environment:${name}`) : ["pull_request"];
  return [
    ...(githubSubject
      ? subjects.map((subject) => ({
          name: githubCredentialName(subject.split(":").at(-1) ?? ""),
          issuer: githubIssuer,
          subject: `${githubSubject}:${subject}`,
        }))
      : []),
    ...(gitlab
      ? environments.map((kind, index) => ({
          name: `gitlab-${named[index]}`,
          issuer: authorityIn(gitlab.issuer),
          subject: gitlabSubject(gitlab, kind),
        }))
      : []),
    ...connections.flatMap((name) => {
      const connection = azurePipelines?.[name];
      return connection ? [{ name: `azure-pipelines-${name}`, ...connection }] : [];
    }),
  ];
}

/**
 * The subject of the tokens of a job on main, in a protected environment. GitLab puts the environment's deployment tier into the
 * subject, not its name. https://docs.gitlab.com/ci/secrets/id_token_authentication/
 */
function gitlabSubject({ project, tier }: NonNullable<typeof settings.gitlab>, kind: Environment): string {
  const tiers = { everyday: tier, daily: "testing", consent: "other" };
  return `${project}:ref_type:branch:ref:main:environment_protected:true:deployment_tier:${tiers[kind]}`;
}

const identity = (role: string, graphPermissions: readonly string[], trusts: readonly TrustedJob[]) =>
  new PipelineIdentity(`${role}-${environment}`, {
    resourceGroupName: group.name,
    location,
    graphPermissions,
    trusts,
    cloud: cloud.name,
    protect: true,
  });

// Creates registrations and owns them. It can neither consent nor change other registrations, but it can read them, because the
// provider looks for registrations with the same name.
const registrar = identity(
  "registrar",
  ["Application.ReadWrite.OwnedBy", "Application.Read.All"],
  // The consenter's jobs also sign in as the registrar, with the same token of the job.
  jobs(["registrar", "consenter"], ["everyday", "daily", "consent"]),
);

// With AppRoleAssignment.ReadWrite.All it can grant any application any permission, so only jobs that wait for an approval can
// sign in as it.
const consenter = identity(
  "consenter",
  ["Application.Read.All", ...(settings.boundedConsenter ? [] : ["AppRoleAssignment.ReadWrite.All"])],
  jobs(["consenter"], ["consent"]),
);
if (settings.boundedConsenter) letConsent(consenter);

/** Instead of the permission to make any grant: a directory role that can only make the grants that the tenant's consent policy allows. */
function letConsent({ principalId }: PipelineIdentity): void {
  const { objectId } = new CustomDirectoryRole("consenter-role", {
    displayName: `Microservice identities consenter (${environment})`,
    description: `Makes the grants that the app consent policy ${consentPolicy.id} allows.`,
    enabled: true,
    permissions: [{ allowedResourceActions: [consentAction] }],
    version: "1",
  });
  new DirectoryRoleAssignment("consenter-role-assignment", { roleId: objectId, principalObjectId: principalId });
}

const previewer = settings.previewsPullRequests
  ? identity("previewer", ["Application.Read.All"], jobs(["previewer"], []))
  : undefined;

// It changes nothing. With Directory.Read.All and RoleManagement.Read.Directory it would read more, but both are for the whole directory.
const auditor = settings.auditor
  ? identity("auditor", ["Application.Read.All"], jobs(["auditor"], ["daily"]))
  : undefined;

/** A custom role, because no built-in role has so few actions. */
function define(
  name: string,
  title: string,
  description: string,
  permissions: { readonly actions?: string[]; readonly dataActions?: string[] },
) {
  const id = new RandomUuid(`${name}-id`).result;
  const { id: resourceId } = new RoleDefinition(name, {
    roleName: `Microservice identities ${title} (${environment})`,
    roleDefinitionId: id,
    description,
    scope: subscription,
    assignableScopes: [subscription],
    permissions: [permissions],
  });
  return { id, resourceId };
}

function assign(
  name: string,
  { principalId }: PipelineIdentity,
  roleDefinitionId: pulumi.Input<string>,
  { scope = subscription, condition }: { scope?: pulumi.Input<string>; condition?: pulumi.Input<string> } = {},
): void {
  new RoleAssignment(name, {
    roleAssignmentName: new RandomUuid(`${name}-name`).result,
    scope,
    principalId,
    principalType: "ServicePrincipal",
    roleDefinitionId,
    ...(condition === undefined ? {} : { condition, conditionVersion: "2.0" }),
  });
}

const role = define(
  "registrar-role",
  "registrar",
  "Manages resource groups, managed identities, vaults and their secrets, but cannot read the secrets' values.",
  { actions: [...registrarActions, ...(settings.landingZone ? landingZoneActions : [])] },
);
assign("registrar-assignment", registrar, role.resourceId);
const readerRole = settings.rbacVaults
  ? define("vault-reader-role", "vault reader", "Gets secrets of vaults by their names. It cannot list them.", {
      dataActions: [getSecret],
    }).id
  : undefined;
letRegistrarAssign([
  ...(readerRole ? [readerRole] : []),
  ...(settings.workloadDeployers ? [pulumi.output(azureRoles.managedIdentityOperator.id)] : []),
]);
const reader = pulumi.interpolate`${subscription}/providers/Microsoft.Authorization/roleDefinitions/${azureRoles.reader.id}`;
if (previewer) assign("previewer-assignment", previewer, reader);
if (auditor) assign("auditor-assignment", auditor, reader);
// Without any role the Azure CLI would not find the subscription. With this one it can only read this resource group.
assign("consenter-assignment", consenter, reader, { scope: group.id });

/** Lets the registrar assign these roles, and no others, to services and to the identities that deploy their workloads. */
function letRegistrarAssign(roles: readonly pulumi.Output<string>[]): void {
  if (roles.length === 0) return;
  const assigner = define("role-assigner-role", "role assigner", "Assigns roles.", {
    actions: [...assignerActions],
  });
  assign("role-assigner-assignment", registrar, assigner.resourceId, {
    condition: pulumi
      .all([pulumi.all([...roles]), registrar.principalId, consenter.principalId])
      .apply(([ids, ...identities]) => onlyRoles(ids, identities)),
  });
}

/** The variables that the pipelines need. None is a secret. */
export const variables = {
  AZURE_TENANT_ID: tenantId,
  AZURE_SUBSCRIPTION_ID: subscriptionId,
  REGISTRAR_CLIENT_ID: registrar.clientId,
  REGISTRAR_OBJECT_ID: registrar.principalId,
  CONSENTER_CLIENT_ID: consenter.clientId,
  ...(previewer ? { PREVIEWER_CLIENT_ID: previewer.clientId } : {}),
  ...(auditor ? { AUDITOR_CLIENT_ID: auditor.clientId } : {}),
  ...(cloud === publicCloud
    ? {}
    : {
        ARM_ENVIRONMENT: cloud.name,
        AZURE_ENVIRONMENT: cloud.cliName.toLowerCase(),
        TOKEN_EXCHANGE_AUDIENCE: cloud.tokenExchange,
      }),
};

/** For `vault.readerRole` in the settings of the environment's stacks; absent without `rbacVaults`. */
export const vaultReaderRole = readerRole;
