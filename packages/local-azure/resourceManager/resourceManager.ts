import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { type BearerCheck, BearerError, type Principal } from "../bearer";
import type { Tenant } from "../tenant";
import { ArmError, badRequest, unauthenticated } from "./armError";
import { managedIdentityRoutes } from "./managedIdentities";
import { resourceGroupRoutes } from "./resourceGroups";
import { roleAssignmentRoutes } from "./roleAssignments";
import { roleDefinitionRoutes } from "./roleDefinitions";
import type { Subscription } from "./subscription";
import { vaultRoutes } from "./vaults";

/** How the data plane of a vault is brought up and taken down. */
export interface VaultHosting {
  /** @returns where the vault answers, with a slash at the end */
  open(name: string): Promise<string>;
  close(name: string): Promise<void>;
}

export interface ResourceManagerOptions {
  readonly tenant: Tenant;
  readonly subscription: Subscription;
  /** Where ARM answers, without a slash at the end. Known once the server listens. */
  readonly base: () => string;
  readonly bearer: BearerCheck;
  readonly hosting: VaultHosting;
}

export interface ArmContext extends Omit<ResourceManagerOptions, "bearer"> {
  readonly caller: (request: FastifyRequest) => Principal;
  /** @throws ArmError when the caller may not, or the request names no API version that the type has */
  readonly authorize: (request: FastifyRequest, action: string, apiVersions: readonly string[], scope?: string) => void;
  /** Answers 202 and does the work; the client polls until it is done. */
  readonly later: (reply: FastifyReply, work: () => Promise<void>) => FastifyReply;
}

/** Azure Resource Manager: resource groups, vaults and their secrets, managed identities, role assignments. */
export async function resourceManager(app: FastifyInstance, options: ResourceManagerOptions): Promise<void> {
  const { tenant, subscription, base, bearer } = options;
  const callers = new WeakMap<FastifyRequest, Principal>();

  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const known =
      error instanceof ArmError
        ? error
        : error instanceof BearerError
          ? unauthenticated(error.problem)
          : error.statusCode !== undefined && error.statusCode < 500
            ? new ArmError(
                error.statusCode,
                "InvalidRequestContent",
                `The request content was invalid: ${error.message}`,
              )
            : undefined;
    if (!known) throw error;
    if (known.status === 401) reply.header("www-authenticate", `Bearer authorization_uri="${base()}/${tenant.id}"`);
    return reply.code(known.status).send(known.body());
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?")[0];
    return reply
      .code(404)
      .send(
        new ArmError(404, "InvalidResourceType", `The local Azure does not serve ${request.method} ${path}.`).body(),
      );
  });
  app.addHook("onRequest", async (request) => {
    callers.set(request, await bearer(request.headers.authorization));
  });
  app.addHook("preHandler", async (request: FastifyRequest<{ Params: { subscription?: string } }>) => {
    const named = request.params.subscription;
    if (named !== undefined && named.toLowerCase() !== subscription.id) {
      throw new ArmError(404, "SubscriptionNotFound", `The subscription '${named}' could not be found.`);
    }
  });

  const caller = (request: FastifyRequest): Principal => {
    const known = callers.get(request);
    if (!known) throw new BearerError("missing");
    return known;
  };
  const authorize: ArmContext["authorize"] = (
    request,
    action,
    apiVersions,
    scope = request.url.split("?")[0] ?? "",
  ) => {
    const version = (request.query as Record<string, string>)["api-version"];
    if (version === undefined) {
      throw badRequest(
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.",
      );
    }
    if (!apiVersions.includes(version)) {
      throw badRequest(
        "NoRegisteredProviderFound",
        `No registered resource provider found for API version '${version}' and ${action}. The supported api-versions are '${apiVersions.join(", ")}'.`,
      );
    }
    const { objectId, appId } = caller(request);
    if (subscription.access.allows(objectId, action, scope)) return;
    throw new ArmError(
      403,
      "AuthorizationFailed",
      `The client '${appId}' with object id '${objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid.`,
    );
  };

  const operations = new Map<string, { status: "InProgress" | "Succeeded" | "Failed"; error?: object }>();
  const later: ArmContext["later"] = (reply, work) => {
    const id = randomUUID();
    operations.set(id, { status: "InProgress" });
    work().then(
      () => operations.set(id, { status: "Succeeded" }),
      (error: Error) =>
        operations.set(id, { status: "Failed", error: { code: "InternalServerError", message: error.message } }),
    );
    const address = `${base()}${subscription.path}/operationresults/${id}?api-version=2024-03-01`;
    return reply.code(202).headers({ "azure-asyncoperation": address, location: address, "retry-after": "0" }).send();
  };
  app.get<{ Params: { subscription: string; id: string } }>(
    "/subscriptions/:subscription/operationresults/:id",
    async (request, reply) => {
      const operation = operations.get(request.params.id);
      if (!operation) throw new ArmError(404, "OperationNotFound", `There is no operation '${request.params.id}'.`);
      return reply.code(operation.status === "InProgress" ? 202 : 200).send({ id: request.url, ...operation });
    },
  );

  const context: ArmContext = { ...options, caller, authorize, later };
  resourceGroupRoutes(app, context);
  vaultRoutes(app, context);
  managedIdentityRoutes(app, context);
  roleAssignmentRoutes(app, context);
  roleDefinitionRoutes(app, context);
}

/** @throws ArmError that names the property */
export function parse<T>(type: z.ZodType<T>, body: unknown): T {
  const parsed = type.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0] as z.core.$ZodIssue;
  const place = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0]] : issue.path;
  const what = issue.code === "unrecognized_keys" ? "no such member on the object" : issue.message;
  throw badRequest("InvalidRequestContent", `The request content was invalid at '${place.join(".")}': ${what}.`);
}
