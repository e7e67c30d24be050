import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig";
import { ApplicationPermissionGrant } from "../components/applicationPermissionGrant";
import { AppRegistration } from "../components/appRegistration";

// Two registrations. One has the permission to call the other, with admin consent.
const deployer = getClientConfigOutput();
const orders = new AppRegistration("orders", {
  displayName: "orders-example",
  description: "Takes orders.",
  appRoles: { "Orders.Read": { description: "Read orders and their state." } },
  owners: [deployer.objectId],
});
const reporting = new AppRegistration("reporting", {
  displayName: "reporting-example",
  description: "Sums up the day.",
  owners: [deployer.objectId],
});

const grant = new ApplicationPermissionGrant("reporting-calls-orders", {
  caller: reporting,
  api: orders,
  roles: ["Orders.Read"],
  because: "Counts the orders of the day.",
  until: "2027-03-31",
});

export const assignmentIds = grant.assignmentIds;
