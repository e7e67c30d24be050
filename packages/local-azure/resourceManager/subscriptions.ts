import type { FastifyInstance } from "fastify";
import { initialDomain } from "../entra/tenantNames";
import { isWithin } from "../roleBasedAccess";
import type { ArmContext } from "./armContext";
import { ArmError } from "./armError";

const apiVersions = ["2016-06-01", "2018-06-01", "2019-06-01", "2019-11-01", "2020-01-01", "2021-01-01", "2022-12-01"];

/** Some of Azure's locations. The local Azure also accepts any other name. */
const locations = ["West Europe", "North Europe", "Germany West Central", "UK South", "East US", "West US 2"];

/** The one subscription and the one tenant, visible to every principal with a role in it. */
export function subscriptionRoutes(app: FastifyInstance, context: ArmContext): void {
  const { subscription, tenant, checkVersion, caller } = context;
  const isSeenBy = (objectId: string) =>
    subscription.access.all().some((each) => each.principalId === objectId && isWithin(each.scope, subscription.path));
  const shown = () => ({
    id: subscription.path,
    subscriptionId: subscription.id,
    tenantId: tenant.id,
    displayName: "Local Azure",
    state: "Enabled",
    subscriptionPolicies: {
      locationPlacementId: "Public_2014-09-01",
      quotaId: "PayAsYouGo_2014-09-01",
      spendingLimit: "Off",
    },
    authorizationSource: "RoleBased",
    managedByTenants: [],
  });

  app.get("/subscriptions", async (request) => {
    checkVersion(request, apiVersions);
    return { value: isSeenBy(caller(request).objectId) ? [shown()] : [] };
  });

  app.get("/subscriptions/:subscription", async (request) => {
    checkVersion(request, apiVersions);
    if (isSeenBy(caller(request).objectId)) return shown();
    throw new ArmError(404, "SubscriptionNotFound", `The subscription '${subscription.id}' could not be found.`);
  });

  app.get("/subscriptions/:subscription/locations", async (request) => {
    checkVersion(request, apiVersions, ["includeExtendedLocations"]);
    const value = locations.map((displayName) => {
      const name = displayName.toLowerCase().replaceAll(" ", "");
      return {
        id: `${subscription.path}/locations/${name}`,
        name,
        type: "Region",
        displayName,
        regionalDisplayName: displayName,
      };
    });
    return { value };
  });

  app.get("/tenants", async (request) => {
    checkVersion(request, apiVersions);
    const [domain] = [initialDomain(tenant.id)];
    return {
      value: [
        {
          id: `/tenants/${tenant.id}`,
          tenantId: tenant.id,
          displayName: "Local Azure",
          defaultDomain: domain,
          domains: [domain],
          tenantCategory: "Home",
          tenantType: "AAD",
        },
      ],
    };
  });
}
