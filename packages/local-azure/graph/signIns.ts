import type { FastifyInstance } from "fastify";
import type { SignIn } from "../signInLog";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { page } from "./odata/page";
import { queryOf } from "./odata/query";
import { permit } from "./permissions";

/**
 * The log of sign-ins. Without a filter for other kinds, a request returns the sign-ins of users, of whom there are none:
 * `signInEventTypes/any(t: t eq 'servicePrincipal')`. https://learn.microsoft.com/graph/api/signin-list
 */
export function signInRoutes(app: FastifyInstance, { tenant, base, caller }: GraphContext): void {
  app.get("/beta/auditLogs/signIns", async (request) => {
    permit.readSignIns(caller(request));
    const query = queryOf(request);
    const isForOthers = /signInEventTypes\/any\(/i.test(query.$filter ?? "");
    const rows = isForOthers ? tenant.signIns.all().map(shown) : [];
    const context = `${base()}/beta/$metadata#auditLogs/signIns`;
    return page(context, `${base()}/beta/auditLogs/signIns`, entityTypes.signIn, rows, query);
  });
}

function shown({ id, createdDateTime, client, resource, tokenIdentifier, errorCode, failureReason }: SignIn) {
  return {
    id,
    createdDateTime,
    appId: client.appId,
    appDisplayName: client.displayName,
    servicePrincipalId: client.id,
    servicePrincipalName: client.displayName,
    resourceId: resource?.appId ?? null,
    resourceDisplayName: resource?.displayName ?? null,
    resourceServicePrincipalId: resource?.id ?? null,
    uniqueTokenIdentifier: tokenIdentifier ?? null,
    signInEventTypes: [client.servicePrincipalType === "ManagedIdentity" ? "managedIdentity" : "servicePrincipal"],
    isInteractive: false,
    ipAddress: "127.0.0.1",
    status: { errorCode, failureReason, additionalDetails: null },
  };
}
