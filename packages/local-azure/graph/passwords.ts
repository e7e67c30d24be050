import type { FastifyInstance, FastifyRequest } from "fastify";
import type { SecretRequest } from "../clientSecrets";
import type { Application, ServicePrincipal } from "../directoryObjects";
import * as bodies from "./bodies";
import type { GraphContext } from "./graphContext";
import { badRequest } from "./graphError";
import { permit } from "./permissions";

type ById = { Params: { id: string } };

/** The client secrets of an application or a service principal: the same two actions for both. */
export function passwordRoutes<T extends Application | ServicePrincipal>(
  app: FastifyInstance,
  collection: "applications" | "servicePrincipals",
  find: (request: FastifyRequest<ById>) => T,
  checkNew: (holder: T, given: SecretRequest) => void,
  { tenant, base, caller }: GraphContext,
): void {
  app.post<ById>(`/v1.0/${collection}/:id/addPassword`, async (request) => {
    const holder = find(request);
    permit.manage(caller(request), holder.owners);
    const { passwordCredential: given = {} } = bodies.parse(
      bodies.addPassword,
      request.body ?? {},
      "PasswordCredential",
    );
    if (given.endDateTime !== undefined && Date.parse(given.endDateTime) <= tenant.now.getTime()) {
      throw badRequest(
        "Invalid value specified for property 'endDateTime' of resource 'PasswordCredential': it has passed.",
      );
    }
    checkNew(holder, given);
    const { credential, secretText } = tenant.addPassword(holder, given);
    return {
      "@odata.context": `${base()}/v1.0/$metadata#microsoft.graph.passwordCredential`,
      ...credential,
      secretText,
    };
  });

  app.post<ById>(`/v1.0/${collection}/:id/removePassword`, async (request, reply) => {
    const holder = find(request);
    permit.manage(caller(request), holder.owners);
    const { keyId } = bodies.parse(bodies.removePassword, request.body, "PasswordCredential");
    if (!tenant.removePassword(holder, keyId)) throw badRequest(`No password credential found with keyId ${keyId}.`);
    return reply.code(204).send();
  });
}
