import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig";
import { AppRegistration } from "../components/appRegistration";
import { ClientSecret } from "../components/clientSecret";
import { secretsOnSchedule } from "../components/rotation";
import { ServiceVault } from "../components/serviceVault";

// A registration whose client secret rotates and is stored in a vault. Deploy every day: between two rotations nothing changes.
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
});
const orders = new AppRegistration("orders", {
  displayName: "orders-example",
  description: "Takes orders.",
  owners: [deployer.objectId],
});

const rotation = { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 };
const secret = new ClientSecret("orders-secret", {
  applicationId: orders.applicationId,
  application: orders.application,
  resourceGroupName: group.name,
  vaultName: vault.vaultName,
  vault: vault.vault,
  secrets: secretsOnSchedule(new Date(), rotation, "orders"),
});

/** The address of the secret, not its value. */
export const secretUri = secret.secretUri;
export const expires = secret.expires;
