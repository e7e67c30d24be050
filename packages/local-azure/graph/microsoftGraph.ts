import { graphRoleIds, microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import type { AppRole, ServicePrincipal } from "../directoryObjects";
import type { Tenant } from "../tenant";

/** Microsoft Graph as a service principal of the tenant: the API whose permissions a deployer gets. */
export function addMicrosoftGraph(tenant: Tenant, address: string): ServicePrincipal {
  const appRoles = Object.entries(graphRoleIds()).map(
    ([value, id]): AppRole => ({
      id,
      value,
      displayName: value,
      description: value,
      isEnabled: true,
      allowedMemberTypes: ["Application"],
    }),
  );
  const names = [tenant.cloud.graph, address].flatMap((name) => [name, `${name}/`]);
  return tenant.addServicePrincipal({
    appId: microsoftGraph,
    displayName: "Microsoft Graph",
    foreign: { appRoles, names },
  });
}
