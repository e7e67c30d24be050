import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Directory } from "../directory";
import type { Tenant } from "../tenant";
import * as bodies from "./bodies";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { badRequest, notFound } from "./graphError";
import { memberRow } from "./groups";
import type { Row } from "./odata/entityType";
import { page } from "./odata/page";
import { queryOf } from "./odata/query";
import { permit } from "./permissions";
import { shownApplication } from "./shownApplication";
import { shownPrincipal } from "./shownPrincipal";

/** @throws GraphError for an owner that the directory does not have */
export function boundOwners(tenant: Tenant, addresses: readonly string[] = []): string[] {
  return addresses.map((address) => {
    const id = address.split("/").pop()?.toLowerCase() ?? "";
    if (!tenant.servicePrincipals.has(id) && !tenant.groups.users.has(id)) throw notFound(id);
    return id;
  });
}

/** The owners of an application or a service principal: the same three requests for both. */
export function ownerRoutes<T extends Owned>(
  app: FastifyInstance,
  collection: "applications" | "servicePrincipals",
  { see, find, changing }: OwnedObjects<T>,
  { tenant, base, caller, directory, ordered }: GraphContext,
): void {
  const path = `/v1.0/${collection}/:id/owners`;

  app.get<{ Params: { id: string } }>(path, async (request) => {
    permit.read(caller(request));
    const { id, owners } = see(request);
    const rows = shownOwners(tenant, directory(request), owners, ordered);
    const address = `${base()}${path.replace(":id", id)}`;
    return page(
      `${base()}/v1.0/$metadata#directoryObjects`,
      address,
      entityTypes.servicePrincipal,
      rows,
      queryOf(request),
    );
  });

  app.post<{ Params: { id: string } }>(`${path}/$ref`, async (request, reply) => {
    const object = find(request);
    const { owners } = object;
    permit.addOwner(caller(request));
    const owner = bodies.parse(bodies.reference, request.body, "Reference")["@odata.id"].split("/").pop() ?? "";
    if (!tenant.servicePrincipals.has(owner)) throw notFound(owner);
    if (owners.has(owner))
      throw badRequest(
        "One or more added object references already exist for the following modified properties: 'owners'.",
      );
    changing(object);
    owners.add(owner);
    return reply.code(204).send();
  });

  app.delete<{ Params: { id: string; owner: string } }>(`${path}/:owner/$ref`, async (request, reply) => {
    const object = find(request);
    permit.manage(caller(request), object.owners);
    if (!object.owners.has(request.params.owner)) throw notFound(request.params.owner);
    changing(object);
    object.owners.delete(request.params.owner);
    return reply.code(204).send();
  });
}

/**
 * The objects that a service principal owns. https://learn.microsoft.com/graph/api/serviceprincipal-list-ownedobjects
 */
export function ownedObjectRoutes(
  app: FastifyInstance,
  { tenant, base, caller, directory, ordered }: GraphContext,
): void {
  app.get<{ Params: { id: string } }>("/v1.0/servicePrincipals/:id/ownedObjects", async (request) => {
    permit.read(caller(request));
    const id = request.params.id.toLowerCase();
    const seen = directory(request);
    if (!seen.servicePrincipal(id)) throw notFound(id);
    const applications = seen
      .applications()
      .filter(({ owners }) => owners.has(id))
      .map((each) => ({ "@odata.type": "#microsoft.graph.application", ...shownApplication(tenant, each) }));
    const principals = seen
      .servicePrincipals()
      .filter(({ owners }) => owners.has(id))
      .map((each) => ({ "@odata.type": "#microsoft.graph.servicePrincipal", ...shownPrincipal(tenant, seen, each) }));
    const address = `${base()}/v1.0/servicePrincipals/${id}/ownedObjects`;
    const rows = ordered<Row & { readonly id: string }>([...applications, ...principals]);
    return page(
      `${base()}/v1.0/$metadata#directoryObjects`,
      address,
      entityTypes.directoryObject,
      rows,
      queryOf(request),
    );
  });
}

/** The owners that exist, as rows of a list. */
export function shownOwners(
  tenant: Tenant,
  seen: Directory,
  owners: Iterable<string>,
  ordered: GraphContext["ordered"] = (rows) => rows,
): readonly Row[] {
  return ordered([...owners].flatMap((owner) => memberRow(tenant, seen, owner, true) ?? []));
}

interface Owned {
  readonly id: string;
  readonly owners: Set<string>;
}

interface OwnedObjects<T extends Owned> {
  readonly see: (request: FastifyRequest<{ Params: { id: string } }>) => T;
  readonly find: (request: FastifyRequest<{ Params: { id: string } }>) => T;
  /** Called before its owners change. */
  readonly changing: (object: T) => void;
}
