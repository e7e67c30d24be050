import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment";
import { RoleDefinition } from "@pulumi/azure-native/authorization/roleDefinition";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import * as pulumi from "@pulumi/pulumi";
import { RandomUuid } from "@pulumi/random/randomUuid";
import { PipelineIdentity, type TrustedJob } from "../components/pipelineIdentity";
import { azureRoles } from "../packages/well-known/azureRoles";
import { githubIssuer } from "../packages/well-known/clouds";
import { registrarActions } from "./registrarActions";
import { readSettings } from "./settings";

const environment = pulumi.getStack();
const settings = readSettings(pulumi.runtime.allConfig(), pulumi.getProject(), environment);
const { location } = settings;
const { subscriptionId, tenantId } = getClientConfigOutput();
const subscription = pulumi.interpolate`/subscriptions/${subscriptionId}`;

const group = new ResourceGroup("pipelines", { resourceGroupName: `rg-pipelines-${environment}`, location });

type Connection = "registrar" | "consenter" | "previewer";

/** The jobs of GitHub's deployment environments, and the service connection of Azure Pipelines. */
function jobs(connections: readonly Connection[], ...subjects: string[]): TrustedJob[] {
  const { githubSubject, azurePipelines } = settings;
  return [
    ...(githubSubject
      ? subjects.map((subject) => ({
          name: `github-${subject.split(":").at(-1)}`,
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
  });

// Makes registrations, and owns what it makes. It can neither consent nor touch another's registration; it reads what it
// compares with.
const registrar = identity(
  "registrar",
  ["Application.ReadWrite.OwnedBy", "Application.Read.All"],
  // Where the consenter signs in, the registrar does too: with the same token, each for its part.
  jobs(
    ["registrar", "consenter"],
    `environment:${environment}`,
    `environment:${environment}-daily`,
    `environment:${environment}-consent`,
  ),
);

// Whoever may consent may give any application any permission, Microsoft Graph's too: only a job that waits for an approval.
const consenter = identity(
  "consenter",
  ["AppRoleAssignment.ReadWrite.All", "Application.Read.All"],
  jobs(["consenter"], `environment:${environment}-consent`),
);

const previewer = settings.previewsPullRequests
  ? identity("previewer", ["Application.Read.All"], jobs(["previewer"], "pull_request"))
  : undefined;

/** What the landscapes are made of, by name: no built-in role has so little. */
const role = new RoleDefinition("registrar-role", {
  roleName: `Microservice identities registrar (${environment})`,
  roleDefinitionId: new RandomUuid("registrar-role-id").result,
  description: "Resource groups, managed identities, vaults and their secrets, without reading these.",
  scope: subscription,
  assignableScopes: [subscription],
  permissions: [
    {
      actions: [...registrarActions],
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
// Without any role the Azure CLI would not find the subscription to sign in to. Of this group it sees names.
assign("consenter-assignment", consenter, reader, group.id);

/** The variables that the pipelines ask for. None is a secret. */
export const variables = {
  AZURE_TENANT_ID: tenantId,
  AZURE_SUBSCRIPTION_ID: subscriptionId,
  REGISTRAR_CLIENT_ID: registrar.clientId,
  REGISTRAR_OBJECT_ID: registrar.principalId,
  CONSENTER_CLIENT_ID: consenter.clientId,
  ...(previewer ? { PREVIEWER_CLIENT_ID: previewer.clientId } : {}),
};
