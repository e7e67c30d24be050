import * as azuread from "@pulumi/azuread";
import * as random from "@pulumi/random";

// A team that uses `azuread.Application` with inline roles and API access, like the registry's examples.
const current = azuread.getClientConfigOutput();
const owners = [current.objectId];

const readOrders = new random.RandomUuid("read-orders");
const orders = new azuread.Application("orders", {
  displayName: "orders-prod",
  owners,
  signInAudience: "AzureADMyOrg",
  api: { requestedAccessTokenVersion: 2 },
  appRoles: [
    {
      id: readOrders.result,
      value: "Orders.Read",
      displayName: "Read orders",
      description: "Read orders and their state.",
      allowedMemberTypes: ["Application"],
      enabled: true,
    },
  ],
});
const ordersPrincipal = new azuread.ServicePrincipal("orders", {
  clientId: orders.clientId,
  owners,
  appRoleAssignmentRequired: true,
});

const billing = new azuread.Application("billing", {
  displayName: "billing-prod",
  owners,
  signInAudience: "AzureADMyOrg",
  api: { requestedAccessTokenVersion: 2 },
  requiredResourceAccesses: [
    { resourceAppId: orders.clientId, resourceAccesses: [{ id: readOrders.result, type: "Role" }] },
  ],
});
const billingPrincipal = new azuread.ServicePrincipal("billing", {
  clientId: billing.clientId,
  owners,
  appRoleAssignmentRequired: true,
});
new azuread.ApplicationPassword("billing-secret", { applicationId: billing.id, endDate: "2027-03-01T00:00:00Z" });
new azuread.AppRoleAssignment("billing-reads-orders", {
  appRoleId: readOrders.result,
  principalObjectId: billingPrincipal.objectId,
  resourceObjectId: ordersPrincipal.objectId,
});

// An older service that nobody has maintained for years.
const legacy = new azuread.Application("legacy", {
  displayName: "legacy-prod",
  owners,
  password: { displayName: "by hand", endDate: "2031-01-01T00:00:00Z" },
});
const legacyPrincipal = new azuread.ServicePrincipal("legacy", { clientId: legacy.clientId, owners });
new azuread.AppRoleAssignment("legacy-reads-orders", {
  appRoleId: orders.appRoleIds.apply((ids) => ids["Orders.Read"] ?? ""),
  principalObjectId: legacyPrincipal.objectId,
  resourceObjectId: ordersPrincipal.objectId,
});
