import { RoleAssignment } from "@pulumi/azure-native/authorization";
import { Application as BatchApplication } from "@pulumi/azure-native/batch";
import { Vault } from "@pulumi/azure-native/keyvault";
import { FederatedIdentityCredential, UserAssignedIdentity } from "@pulumi/azure-native/managedidentity";
import { Workspace } from "@pulumi/azure-native/operationalinsights";
import { Vault as BackupVault } from "@pulumi/azure-native/recoveryservices";
import { ResourceGroup } from "@pulumi/azure-native/resources";
import { StorageAccount } from "@pulumi/azure-native/storage";
import * as azuread from "@pulumi/azuread";
import * as pulumi from "@pulumi/pulumi";

// A platform team: workloads on a cluster, their vault, backups and logs, and a group of people on call.
const group = new ResourceGroup("platform", { resourceGroupName: "rg-platform-prod", location: "westeurope" });
const resourceGroupName = group.name;

const workload = new UserAssignedIdentity("payments", { resourceGroupName, resourceName: "id-payments-prod" });
new FederatedIdentityCredential("payments-on-cluster", {
  resourceGroupName,
  resourceName: workload.name,
  federatedIdentityCredentialResourceName: "cluster",
  issuer: "https://westeurope.oic.prod-aks.azure.com/00000000-0000-0000-0000-000000000000/11111111/",
  subject: "system:serviceaccount:payments:payments",
  audiences: ["api://AzureADTokenExchange"],
});

const vault = new Vault("payments-vault", {
  resourceGroupName,
  vaultName: "payments-prod-1",
  properties: {
    tenantId: "00000000-0000-0000-0000-000000000000",
    sku: { family: "A", name: "standard" },
    enableRbacAuthorization: true,
    enablePurgeProtection: true,
    softDeleteRetentionInDays: 90,
    networkAcls: { defaultAction: "Deny", bypass: "None", ipRules: [{ value: "203.0.113.0/24" }] },
  },
});
const role = (guid: string) =>
  pulumi.interpolate`/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
new RoleAssignment("payments-reads-its-vault", {
  scope: vault.id,
  principalId: workload.principalId,
  principalType: "ServicePrincipal",
  roleDefinitionId: role("4633458b-17de-408a-b874-0445c86b69e6"),
});

const onCall = new azuread.Group("on-call", { displayName: "Payments on call", securityEnabled: true });
new RoleAssignment("on-call-reads-the-vault", {
  scope: vault.id,
  principalId: onCall.objectId,
  principalType: "Group",
  roleDefinitionId: role("4633458b-17de-408a-b874-0445c86b69e6"),
});
new RoleAssignment("on-call-reads-the-group", {
  scope: group.id,
  principalId: onCall.objectId,
  principalType: "Group",
  roleDefinitionId: role("acdd72a7-3385-48ef-bd42-f606fba81ae7"),
});

new BackupVault("backups", { resourceGroupName, vaultName: "backups", properties: { publicNetworkAccess: "Enabled" } });
new BatchApplication("nightly", {
  resourceGroupName,
  accountName: "batch",
  applicationName: "nightly",
  displayName: "nightly",
});
new StorageAccount("archive", {
  resourceGroupName,
  accountName: "archiveprod",
  kind: "StorageV2",
  sku: { name: "Standard_LRS" },
});
new Workspace("logs", { resourceGroupName, workspaceName: "logs" });

// Pulumi deploys with one identity. Jobs in a repository's environment sign in as it.
const pipeline = new UserAssignedIdentity("pipeline", { resourceGroupName, resourceName: "id-pipeline-prod" });
new FederatedIdentityCredential("pipeline-by-github", {
  resourceGroupName,
  resourceName: pipeline.name,
  federatedIdentityCredentialResourceName: "github",
  issuer: "https://token.actions.githubusercontent.com",
  subject: "repo:acme/platform:environment:prod",
  audiences: ["api://AzureADTokenExchange"],
});
new RoleAssignment("pipeline-deploys", {
  scope: group.id,
  principalId: pipeline.principalId,
  principalType: "ServicePrincipal",
  roleDefinitionId: role("b24988ac-6180-42a0-ab88-20f7382dd24c"),
});
