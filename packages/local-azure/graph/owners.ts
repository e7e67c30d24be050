import type { FastifyInstance } from "fastify";
import * as bodies from "./bodies";
import type { GraphContext } from "./graph";
import { badRequest, notFound } from "./graphError";
import { page, queryOf } from "./odata";
import { permit } from "./permissions";
import { shownPrincipal } from "./servicePrincipals";

/** The owners of an application or a service principal: the same three requests for both. */
export function ownerRoutes(
  app: FastifyInstance,
  collection: "applications" | "servicePrincipals",
  find: (id: string) => { readonly id: string; readonly owners: Set<string> },
  { tenant, base, caller }: GraphContext,
): void {
  const path = `/v1.0/${collection}/:id/owners`;

  app.get<{ Params: { id: string } }>(path, async (request) => {
    permit.read(caller(request));
    const { id, owners } = find(request.params.id);
    const rows = [...owners].flatMap((owner) => {
      const principal = tenant.servicePrincipals.get(owner);
      return principal
        ? [{ "@odata.type": "#microsoft.graph.servicePrincipal", ...shownPrincipal(tenant, principal) }]
        : [];
    });
    return page(
      `${base()}/v1.0/$metadata#directoryObjects`,
      `${base()}${path.replace(":id", id)}`,
      rows,
      queryOf(request.query),
    );
  });

  app.post<{ Params: { id: string } }>(`${path}/$ref`, async (request, reply) => {
    const { owners } = find(request.params.id);
    permit.manage(caller(request), owners);
    const owner = bodies.parse(bodies.reference, request.body, "Reference")["@odata.id"].split("/").pop() ?? "";
    if (!tenant.servicePrincipals.has(owner)) throw notFound(owner);
    if (owners.has(owner))
      throw badRequest(
        "One or more added object references already exist for the following modified properties: 'owners'.",
      );
    owners.add(owner);
    return reply.code(204).send();
  });

  app.delete<{ Params: { id: string; owner: string } }>(`${path}/:owner/$ref`, async (request, reply) => {
    const { owners } = find(request.params.id);
    permit.manage(caller(request), owners);
    if (!owners.delete(request.params.owner)) throw notFound(request.params.owner);
    return reply.code(204).send();
  });
}
