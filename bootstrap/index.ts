import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment";
import { RoleDefinition } from "@pulumi/azure-native/authorization/roleDefinition";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import * as pulumi from "@pulumi/pulumi";
import { RandomUuid } from "@pulumi/random/randomUuid";
import { PipelineIdentity, type TrustedJob } from "../components/pipelineIdentity";
import { azureRoles } from "../packages/well-known/azureRoles";
import { githubIssuer } from "../packages/well-known/clouds";
import { landingZoneActions, registrarActions } from "./registrarActions";
import { githubCredentialName, pipelinesGroup, readSettings } from "./settings";

const environment = pulumi.getStack();
const settings = readSettings(pulumi.runtime.allConfig(), pulumi.getProject(), environment);
const { location } = settings;
const { subscriptionId, tenantId } = getClientConfigOutput();
const subscription = pulumi.interpolate`/subscriptions/${subscriptionId}`;

const group = new ResourceGroup(
  "pipelines",
  { resourceGroupName: pipelinesGroup(environment), location },
  // A change of the location would delete the identities in it.
  { protect: true },
);

type Connection = "registrar" | "consenter" | "previewer";

/** The jobs of GitHub's deployment environments and the service connections of Azure Pipelines that can sign in. */
function jobs(connections: readonly Connection[], ...subjects: string[]): TrustedJob[] {
  const { githubSubject, azurePipelines } = settings;
  return [
    ...(githubSubject
      ? subjects.map((subject) => ({
          name: githubCredentialName(subject.split(":").at(-1) ?? ""),
          issuer: githubIssuer,
          subject: `${githubSubject}:${subject}`,
        }))
      : []),
    ...connections.flatMap((name) => {
      const connection = azurePipelines?.[name];
      return connection ? [{ name: `azure-pipelines-${name}`, ...connection }] : [];
    }),
  ];
}

const identity = (role: string, graphPermissions: readonly string[], trusts: readonly TrustedJob[]) =>
  new PipelineIdentity(`${role}-${environment}`, {
    resourceGroupName: group.name,
    location,
    graphPermissions,
    trusts,
    protect: true,
  });

// Creates registrations and owns them. It can neither consent nor change other registrations, but it can read them, because the
// provider compares.
const registrar = identity(
  "registrar",
  ["Application.ReadWrite.OwnedBy", "Application.Read.All"],
  // In the jobs of the consenter the registrar signs in too, with the same token.
  jobs(
    ["registrar", "consenter"],
    `environment:${environment}`,
    `environment:${environment}-daily`,
    `environment:${environment}-consent`,
  ),
);

// An identity that can consent can grant any application any permission, so only jobs that wait for an approval can sign in as it.
const consenter = identity(
  "consenter",
  ["AppRoleAssignment.ReadWrite.All", "Application.Read.All"],
  jobs(["consenter"], `environment:${environment}-consent`),
);

const previewer = settings.previewsPullRequests
  ? identity("previewer", ["Application.Read.All"], jobs(["previewer"], "pull_request"))
  : undefined;

/** A role with exactly the needed actions: no built-in role has so few. */
const role = new RoleDefinition("registrar-role", {
  roleName: `Microservice identities registrar (${environment})`,
  roleDefinitionId: new RandomUuid("registrar-role-id").result,
  description: "Resource groups, managed identities, vaults and their secrets, without reading these.",
  scope: subscription,
  assignableScopes: [subscription],
  permissions: [
    {
      actions: [...registrarActions, ...(settings.landingZone ? landingZoneActions : [])],
    },
  ],
});

function assign(
  name: string,
  { principalId }: PipelineIdentity,
  roleDefinitionId: pulumi.Input<string>,
  scope: pulumi.Input<string> = subscription,
): void {
  new RoleAssignment(name, {
    roleAssignmentName: new RandomUuid(`${name}-name`).result,
    scope,
    principalId,
    principalType: "ServicePrincipal",
    roleDefinitionId,
  });
}
assign("registrar-assignment", registrar, role.id);
const reader = pulumi.interpolate`${subscription}/providers/Microsoft.Authorization/roleDefinitions/${azureRoles.reader.id}`;
if (previewer) assign("previewer-assignment", previewer, reader);
// Without any role the Azure CLI would not find the subscription. With this one it can only read this resource group.
assign("consenter-assignment", consenter, reader, group.id);

/** The variables that the pipelines need. None is a secret. */
export const variables = {
  AZURE_TENANT_ID: tenantId,
  AZURE_SUBSCRIPTION_ID: subscriptionId,
  REGISTRAR_CLIENT_ID: registrar.clientId,
  REGISTRAR_OBJECT_ID: registrar.principalId,
  CONSENTER_CLIENT_ID: consenter.clientId,
  ...(previewer ? { PREVIEWER_CLIENT_ID: previewer.clientId } : {}),
};
