import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig";
import { ServiceVault } from "../components/serviceVault";

// A vault whose secrets one managed identity may read, from one address.
const deployer = getClientConfigOutput();
const group = new ResourceGroup("group", { resourceGroupName: "rg-example", location: "westeurope" });
const identity = new UserAssignedIdentity("orders", {
  resourceGroupName: group.name,
  resourceName: "id-orders-example",
  location: "westeurope",
});

const vault = new ServiceVault("orders", {
  resourceGroupName: group.name,
  location: "westeurope",
  tenantId: deployer.tenantId,
  readerPrincipalId: identity.principalId,
  retentionDays: 7,
  purgeProtection: false,
  network: { ipRules: ["203.0.113.7"] },
});

export const vaultUri = vault.vaultUri;
