import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig";
import { AppRegistration } from "../components/appRegistration";
import { WorkloadCredential } from "../components/workloadCredential";

// A registration without a secret: a workload with the managed identity signs in as the registration.
const deployer = getClientConfigOutput();
const group = new ResourceGroup("group", { resourceGroupName: "rg-example", location: "westeurope" });
const identity = new UserAssignedIdentity("orders", {
  resourceGroupName: group.name,
  resourceName: "id-orders-example",
  location: "westeurope",
});
const orders = new AppRegistration("orders", {
  displayName: "orders-example",
  description: "Takes orders.",
  owners: [deployer.objectId],
});

const credential = new WorkloadCredential("orders", {
  applicationId: orders.applicationId,
  application: orders.application,
  tenantId: deployer.tenantId,
  principalId: identity.principalId,
});

export const credentialId = credential.credentialId;
