import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig";
import { AppRegistration } from "../components/appRegistration";

// An API with one app role. Nobody gets a token for it until somebody is granted the role.
const deployer = getClientConfigOutput();
const orders = new AppRegistration("orders", {
  displayName: "orders-example",
  description: "Takes orders.",
  appRoles: { "Orders.Read": { description: "Read orders and their state." } },
  owners: [deployer.objectId],
});

export const clientId = orders.clientId;
export const scope = orders.scope;
