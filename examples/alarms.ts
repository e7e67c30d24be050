import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig";
import { Alarms } from "../components/alarms";
import { ServiceVault } from "../components/serviceVault";

// A vault, and alerts when its secret is not rotated or no deployment has read the vault for two days.
const deployer = getClientConfigOutput();
const group = new ResourceGroup("group", { resourceGroupName: "rg-example", location: "westeurope" });
const place = { resourceGroupName: group.name, location: "westeurope" };
const hub = "/subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups/rg-hub/providers";
const workspace = `${hub}/Microsoft.OperationalInsights/workspaces/log-hub`;
const identity = new UserAssignedIdentity("orders", { ...place, resourceName: "id-orders-example" });

const orders = new ServiceVault("orders", {
  ...place,
  tenantId: deployer.tenantId,
  readerPrincipalId: identity.principalId,
  // The rule about the daily run reads the audit logs.
  diagnostics: { workspace },
});

new Alarms("example", {
  ...place,
  vaults: { orders },
  deployerObjectId: deployer.objectId,
  workspace,
  actionGroup: `${hub}/Microsoft.Insights/actionGroups/on-call`,
});
