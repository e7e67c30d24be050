import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig";
import { Microservice } from "../components/microservice";
import { secretsOnSchedule } from "../components/rotation";

// One service: registration, managed identity, vault, and a client secret that rotates and is stored in the vault.
const deployer = getClientConfigOutput();
const group = new ResourceGroup("group", { resourceGroupName: "rg-example", location: "westeurope" });
const rotation = { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 };

const orders = new Microservice("orders", {
  description: "Takes orders.",
  environment: "example",
  appRoles: { "Orders.Read": { description: "Read orders and their state." } },
  resourceGroupName: group.name,
  location: "westeurope",
  tenantId: deployer.tenantId,
  owners: [deployer.objectId],
  credential: { kind: "secret", secrets: secretsOnSchedule(new Date(), rotation, "orders") },
});

export const clientId = orders.registration.clientId;
/** Assign this identity to the workload that runs the service. */
export const identityId = orders.identityId;
