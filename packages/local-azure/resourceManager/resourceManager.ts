import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { authenticatedApi } from "../authenticatedApi";
import type { BearerCheck } from "../bearer";
import { serviceVersion } from "../keyVault/dataPlane";
import type { Policies } from "../policies/policies";
import type { ArmContext } from "./armContext";
import { ArmError, badRequest, unauthenticated } from "./armError";
import { eligibleRoleRoutes } from "./eligibleRoles";
import { managedIdentityRoutes } from "./managedIdentities";
import { operations } from "./operations";
import { policyCheck } from "./policyCheck";
import { providerRoutes } from "./providers";
import { checkReadOnly } from "./readOnly";
import { resourceGroupRoutes } from "./resourceGroups";
import { resourceRoutes } from "./resources";
import { roleAssignmentRoutes } from "./roleAssignments";
import { roleDefinitionRoutes } from "./roleDefinitions";
import { storedResourceRoutes } from "./storedResources";
import { subscriptionRoutes } from "./subscriptions";
import { vaultRoutes } from "./vaults";

export interface ResourceManagerOptions extends Pick<ArmContext, "tenant" | "subscription" | "base" | "hosting"> {
  readonly bearer: BearerCheck;
  readonly policies: Policies;
}

/** Azure Resource Manager: resource groups, vaults and their secrets, managed identities, role assignments. */
export async function resourceManager(app: FastifyInstance, options: ResourceManagerOptions): Promise<void> {
  const { tenant, subscription, base, bearer } = options;
  const caller = authenticatedApi(app, bearer, () => tenant.now, {
    error: ArmError,
    unauthenticated,
    malformed: (status, message) =>
      new ArmError(status, "InvalidRequestContent", `The request content was invalid: ${message}`),
    challenge: () => `Bearer authorization_uri="${base()}/${tenant.id}"`,
  });
  app.addHook("onRequest", async ({ url }, reply) => {
    const id = randomUUID();
    reply.headers({
      "x-ms-request-id": id,
      "x-ms-correlation-request-id": id,
      "x-ms-routing-request-id": `LOCAL:${tenant.now.toISOString().replace(/\.\d+|[-:]/g, "")}:${id}`,
      ...(/\/providers\/Microsoft\.KeyVault\//i.test(url) ? { "x-ms-keyvault-service-version": serviceVersion } : {}),
      "cache-control": "no-cache",
      pragma: "no-cache",
      expires: "-1",
      "x-content-type-options": "nosniff",
    });
  });
  app.addHook("preHandler", async (request: FastifyRequest<{ Params: { subscription?: string } }>) => {
    const named = request.params.subscription;
    if (named !== undefined && named.toLowerCase() !== subscription.id) {
      throw new ArmError(404, "SubscriptionNotFound", `The subscription '${named}' could not be found.`);
    }
  });

  const checkVersion: ArmContext["checkVersion"] = (request, apiVersions, parameters = []) => {
    const query = request.query as Record<string, string>;
    const version = query["api-version"];
    if (version === undefined) {
      throw badRequest(
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.",
      );
    }
    if (!apiVersions.includes(version)) {
      const [path] = request.url.split("?");
      throw badRequest(
        "NoRegisteredProviderFound",
        `No registered resource provider found for API version '${version}' and ${path}. The supported api-versions are '${apiVersions.join(", ")}'.`,
      );
    }
    const unknown = Object.keys(query).find((name) => name !== "api-version" && !parameters.includes(name));
    if (unknown !== undefined) {
      const allowed = ["api-version", ...parameters].join(", ");
      throw badRequest(
        "InvalidQueryParameter",
        `The local Azure does not serve the query parameter '${unknown}' here; served: ${allowed}.`,
      );
    }
  };
  const authorize: ArmContext["authorize"] = (
    request,
    action,
    apiVersions,
    scope = request.url.split("?")[0] ?? "",
    parameters = [],
    about = {},
  ) => {
    checkVersion(request, apiVersions, parameters);
    const { objectId, appId } = caller(request);
    if (subscription.access.allows(tenant.groups.principalsOf(objectId), action, scope, "actions", about)) {
      if (["PUT", "PATCH"].includes(request.method)) checkReadOnly(request);
      return;
    }
    throw new ArmError(
      403,
      "AuthorizationFailed",
      `The client '${appId}' with object id '${objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid.`,
    );
  };

  policyCheck(app, subscription, options.policies, (request, action) =>
    subscription.access.allows(
      tenant.groups.principalsOf(caller(request).objectId),
      action,
      request.url.split("?")[0] ?? "",
    ),
  );
  const later = operations(app, { base, subscription, authorize });
  const context: ArmContext = { ...options, caller, checkVersion, authorize, later };
  subscriptionRoutes(app, context);
  providerRoutes(app, context);
  resourceRoutes(app, context);
  resourceGroupRoutes(app, context);
  vaultRoutes(app, context);
  managedIdentityRoutes(app, context);
  storedResourceRoutes(app, context);
  roleAssignmentRoutes(app, context);
  roleDefinitionRoutes(app, context);
  eligibleRoleRoutes(app, context);
  for (const path of ["/subscriptions", "/providers", "/tenants"]) {
    app.all(`${path}/*`, notServed);
  }
  app.all("/providers", notServed);
  for (const path of ["/subscriptions", "/tenants"]) {
    app.route({ method: ["POST", "PUT", "PATCH", "DELETE"], url: path, handler: notServed });
  }
}

async function notServed({ method, url }: FastifyRequest): Promise<never> {
  throw new ArmError(404, "InvalidResourceType", `The local Azure does not serve ${method} ${url.split("?")[0]}.`);
}
