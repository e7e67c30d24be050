import type { FastifyInstance } from "fastify";
import type { DeletedItem } from "../deletedItems";
import { isoSeconds } from "../directoryObjects";
import type { Tenant } from "../tenant";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { badRequest, GraphError, notFound } from "./graphError";
import { page, selected } from "./odata/page";
import { objectQueryOf, queryOf } from "./odata/query";
import { permit } from "./permissions";
import { shownApplication } from "./shownApplication";
import { shownPrincipal } from "./shownPrincipal";

type ById = { Params: { id: string } };

/** Deleted applications and service principals. https://learn.microsoft.com/graph/api/resources/directory */
export function deletedItemRoutes(app: FastifyInstance, { tenant, base, caller, ordered }: GraphContext): void {
  const path = "/v1.0/directory/deletedItems";
  const find = (id: string): DeletedItem => {
    const found = tenant.deletedItems.get(id.toLowerCase());
    if (!found) throw notFound(id);
    return found;
  };

  for (const type of ["application", "servicePrincipal"] as const) {
    const listed = `${path}/microsoft.graph.${type}`;
    app.get(listed, async (request) => {
      permit.read(caller(request));
      const rows = ordered(
        tenant.deletedItems.all().flatMap((item) => (item.type === type ? [row(tenant, item)] : [])),
      );
      return page(`${base()}/v1.0/$metadata#${type}s`, `${base()}${listed}`, entityTypes[type], rows, queryOf(request));
    });
  }

  app.get<ById>(`${path}/:id`, async (request) => {
    permit.read(caller(request));
    const item = find(request.params.id);
    return {
      "@odata.context": `${base()}/v1.0/$metadata#directoryObjects/$entity`,
      ...selected(entityTypes[item.type], row(tenant, item), objectQueryOf(request)),
    };
  });

  app.post<ById>(`${path}/:id/restore`, { config: { takesNoBody: true } }, async (request) => {
    const item = find(request.params.id);
    permit.manage(caller(request), item.object.owners);
    if (item.type === "application") restoreApplication(tenant, item.object);
    else restorePrincipal(tenant, item.object);
    const { deletedDateTime: _, ...shown } = row(tenant, item);
    return {
      "@odata.context": `${base()}/v1.0/$metadata#directoryObjects/$entity`,
      ...shown,
      deletedDateTime: null,
    };
  });

  app.delete<ById>(`${path}/:id`, async (request, reply) => {
    const item = find(request.params.id);
    permit.manage(caller(request), item.object.owners);
    tenant.deletedItems.purge(item.object.id);
    return reply.code(204).send();
  });
}

function restoreApplication(
  tenant: Tenant,
  application: Extract<DeletedItem, { type: "application" }>["object"],
): void {
  const taken = application.identifierUris.find((uri) => tenant.holderOf(uri));
  if (taken !== undefined)
    throw badRequest("Another object with the same value for property identifierUris already exists.");
  tenant.restoreApplication(application);
}

function restorePrincipal(
  tenant: Tenant,
  principal: Extract<DeletedItem, { type: "servicePrincipal" }>["object"],
): void {
  if (!tenant.applicationOf(principal.appId))
    throw badRequest(`Cannot restore ServicePrincipal without backing Application ${principal.appId}`);
  if (tenant.servicePrincipalOf(principal.appId)) {
    throw new GraphError(
      409,
      "Request_MultipleObjectsWithSameKeyValue",
      `The service principal cannot be created, updated, or restored because the service principal name ${principal.appId} is already in use.`,
    );
  }
  tenant.restoreServicePrincipal(principal);
}

function row(tenant: Tenant, item: DeletedItem): { readonly id: string } & Record<string, unknown> {
  const shown =
    item.type === "application" ? shownApplication(tenant, item.object) : shownPrincipal(tenant, tenant, item.object);
  return {
    "@odata.type": `#microsoft.graph.${item.type}`,
    ...shown,
    id: item.object.id,
    deletedDateTime: isoSeconds(new Date(item.deletedAt)),
  };
}
