import type { FastifyInstance } from "fastify";
import type { ArmContext } from "./armContext";
import { ArmError } from "./armError";
import { identityVersions } from "./identityType";
import { groupVersions } from "./resourceGroups";
import { checkExpand } from "./resources";
import { assignmentVersions } from "./roleAssignments";
import { definitionVersions } from "./roleDefinitions";
import { vaultVersions } from "./vaultVersions";

const apiVersions = ["2020-06-01", "2021-04-01", "2022-09-01", "2024-03-01", "2024-07-01", "2024-11-01", "2025-04-01"];
/** Accepted values of `$expand`. They add nothing here. https://learn.microsoft.com/rest/api/resources/providers/list */
const expansions = ["metadata", "resourceTypes/aliases"];
type ByNamespace = { Params: { namespace: string } };

/** The resource providers of the served resources, from which clients read API versions. */
export function providerRoutes(app: FastifyInstance, { subscription, tenant, authorize }: ArmContext): void {
  const served = (): Record<string, Record<string, readonly string[]>> => ({
    "Microsoft.Authorization": { roleAssignments: assignmentVersions, roleDefinitions: definitionVersions },
    "Microsoft.KeyVault": {
      vaults: vaultVersions(tenant),
      "vaults/secrets": vaultVersions(tenant),
      deletedVaults: vaultVersions(tenant),
    },
    "Microsoft.ManagedIdentity": {
      userAssignedIdentities: identityVersions,
      "userAssignedIdentities/federatedIdentityCredentials": identityVersions,
    },
    "Microsoft.Resources": { resourceGroups: groupVersions },
  });
  const shown = (namespace: string, types: Record<string, readonly string[]>) => ({
    id: `${subscription.path}/providers/${namespace}`,
    namespace,
    registrationPolicy: "RegistrationRequired",
    registrationState: "Registered",
    resourceTypes: Object.entries(types).map(([resourceType, versions]) => ({
      resourceType,
      locations: [],
      apiVersions: [...versions].reverse(),
      capabilities: "None",
    })),
  });
  const named = (given: string) => {
    const found = Object.entries(served()).find(([namespace]) => namespace.toLowerCase() === given.toLowerCase());
    if (found) return shown(...found);
    const names = Object.keys(served()).join(", ");
    throw new ArmError(
      404,
      "InvalidResourceNamespace",
      `The resource namespace '${given}' is invalid. The local Azure serves ${names}.`,
    );
  };
  const path = "/subscriptions/:subscription/providers";
  const reading = "Microsoft.Resources/subscriptions/providers/read";

  app.get(path, async (request) => {
    authorize(request, reading, apiVersions, subscription.path, ["$expand"]);
    checkExpand(request, expansions);
    return { value: Object.entries(served()).map((each) => shown(...each)) };
  });

  app.get<ByNamespace>(`${path}/:namespace`, async (request) => {
    authorize(request, reading, apiVersions, subscription.path, ["$expand"]);
    checkExpand(request, expansions);
    return named(request.params.namespace);
  });

  app.post<ByNamespace>(`${path}/:namespace/register`, { config: { takesNoBody: true } }, async (request) => {
    const { namespace } = request.params;
    authorize(request, `${namespace}/register/action`, apiVersions, subscription.path);
    return named(namespace);
  });
}
