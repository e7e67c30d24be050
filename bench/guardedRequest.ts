import type { TestAzure } from "@microservice-identities/test-support/azure";
import { callingServices } from "@microservice-identities/test-support/callingServices";

/** The settings of a guard of the API `stock`, and the header of a request that it admits. */
export async function guardedRequest(azure: TestAzure) {
  const services = await callingServices(azure);
  const shop = await services.add("shop");
  const { body } = await azure.askForToken({
    grant_type: "client_credentials",
    client_id: shop.application.appId,
    client_secret: shop.renewSecret(),
    scope: services.stock.scope,
  });
  const { tenantId, authority } = azure.azure;
  const [clientId, role] = [services.stock.application.appId, services.stock.role.value];
  return { tenantId, authority, clientId, role, authorization: `Bearer ${body.access_token}` };
}
