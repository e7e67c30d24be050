import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Application } from "../directoryObjects";
import * as bodies from "./bodies";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { GraphError, notFound } from "./graphError";
import { page } from "./odata/page";
import { queryOf } from "./odata/query";
import { permit } from "./permissions";

type ById = { Params: { id: string } };

/** The federated identity credentials of an application. */
export function federatedCredentialRoutes(
  app: FastifyInstance,
  { see, find }: Record<"see" | "find", (request: FastifyRequest<ById>) => Application>,
  { tenant, base, caller, ordered }: GraphContext,
): void {
  const path = "/v1.0/applications/:id/federatedIdentityCredentials";
  type ByCredential = { Params: { id: string; credential: string } };
  const context = (id: string) => `${base()}/v1.0/$metadata#applications('${id}')/federatedIdentityCredentials`;
  const credentialOf = (application: Application, id: string) => {
    const found = application.federatedIdentityCredentials.find((record) => record.id === id || record.name === id);
    if (!found) throw notFound(id);
    return found;
  };

  app.post<ById>(path, async (request, reply) => {
    const application = find(request);
    permit.manage(caller(request), application.owners);
    const body = bodies.parse(bodies.federatedIdentityCredential, request.body, "FederatedIdentityCredential");
    const records = application.federatedIdentityCredentials;
    if (records.length >= 20)
      throw new GraphError(
        400,
        "Request_BadRequest",
        "Maximum number of federated identity credentials, 20, has been reached.",
      );
    if (records.some((r) => r.name === body.name || (r.issuer === body.issuer && r.subject === body.subject))) {
      throw new GraphError(
        409,
        "Request_MultipleObjectsWithSameKeyValue",
        "FederatedIdentityCredential with the same name, or issuer and subject, already exists.",
      );
    }
    const { name, issuer, subject, audiences, description = null } = body;
    const record = { id: randomUUID(), name, issuer, subject, audiences, description };
    tenant.setFederatedCredentials(application, "added", [...records, record]);
    return reply.code(201).send({ "@odata.context": `${context(application.id)}/$entity`, ...record });
  });

  app.get<ById>(path, async (request) => {
    permit.read(caller(request));
    const application = see(request);
    const rows = ordered(application.federatedIdentityCredentials).map((record) => ({ ...record }));
    const address = `${base()}${path.replace(":id", application.id)}`;
    return page(context(application.id), address, entityTypes.federatedIdentityCredential, rows, queryOf(request));
  });

  app.get<ByCredential>(`${path}/:credential`, async (request) => {
    permit.read(caller(request));
    const application = see(request);
    return {
      "@odata.context": `${context(application.id)}/$entity`,
      ...credentialOf(application, request.params.credential),
    };
  });

  app.patch<ByCredential>(`${path}/:credential`, async (request, reply) => {
    const application = find(request);
    permit.manage(caller(request), application.owners);
    const record = credentialOf(application, request.params.credential);
    const type = bodies.federatedIdentityCredential.partial();
    const { "@odata.type": _, ...changes } = bodies.parse(type, request.body, "FederatedIdentityCredential");
    const changed = application.federatedIdentityCredentials.map((each) =>
      each === record ? { ...record, ...changes } : each,
    );
    tenant.setFederatedCredentials(application, "changed", changed);
    return reply.code(204).send();
  });

  app.delete<ByCredential>(`${path}/:credential`, async (request, reply) => {
    const application = find(request);
    permit.manage(caller(request), application.owners);
    const record = credentialOf(application, request.params.credential);
    const kept = application.federatedIdentityCredentials.filter((each) => each !== record);
    tenant.setFederatedCredentials(application, "removed", kept);
    return reply.code(204).send();
  });
}
