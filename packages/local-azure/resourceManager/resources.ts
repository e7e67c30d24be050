import type { FastifyInstance, FastifyRequest } from "fastify";
import { isWithin } from "../roleBasedAccess";
import type { ArmContext } from "./armContext";
import { badRequest } from "./armError";
import { armPage } from "./armPage";
import { groupOf } from "./groupOf";
import { identityType } from "./identityType";
import { vaultType } from "./vaultOf";

const apiVersions = [
  "2015-11-01",
  "2019-07-01",
  "2020-06-01",
  "2021-04-01",
  "2022-09-01",
  "2024-03-01",
  "2024-07-01",
  "2024-11-01",
  "2025-04-01",
];
const action = "Microsoft.Resources/subscriptions/resources/read";
/** Accepted values of `$expand`. They add nothing, as in Azure for types without these properties. */
const expansions = ["createdTime", "changedTime", "provisioningState"];
const parameters = ["$filter", "$top", "$skiptoken", "$expand"];
type ByGroup = { Params: { group: string } };

interface ListedResource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The resources of all types in one list, for the subscription or a group. */
export function resourceRoutes(app: FastifyInstance, { subscription, authorize }: ArmContext): void {
  const all = (): ListedResource[] => [
    ...[...subscription.vaults.values()].map((vault) => listed(vault, vaultType)),
    ...[...subscription.identities.values()].map((identity) => listed(identity, identityType)),
    ...[...subscription.stored.values()].flatMap(({ location, ...each }) =>
      location === undefined ? [] : [listed({ ...each, location }, each.type)],
    ),
  ];

  app.get("/subscriptions/:subscription/resources", async (request) => {
    authorize(request, action, apiVersions, subscription.path, parameters);
    return armPage(request, all().filter(filterOf(request)));
  });

  app.get<ByGroup>("/subscriptions/:subscription/resourceGroups/:group/resources", async (request) => {
    const group = groupOf(subscription, request.params.group);
    authorize(request, action, apiVersions, group.id, parameters);
    return armPage(
      request,
      all()
        .filter(({ id }) => isWithin(id, group.id))
        .filter(filterOf(request)),
    );
  });
}

const listed = ({ id, name, location, tags }: Omit<ListedResource, "type">, type: string): ListedResource => ({
  id,
  name,
  type,
  location,
  tags,
});

/** @throws ArmError for a relation that a list cannot add */
export function checkExpand(request: FastifyRequest, served: readonly string[]): void {
  const { $expand } = request.query as Record<string, string | undefined>;
  if ($expand === undefined || $expand.split(",").every((name) => served.includes(name.trim()))) return;
  throw badRequest(
    "InvalidExpandInQueryString",
    `Invalid $expand '${$expand}' specified in the query string; supported: ${served.join(", ")}.`,
  );
}

/** Parses the filters that management clients send: `resourceType eq '…' and name eq '…'`. */
function filterOf(request: FastifyRequest): (resource: ListedResource) => boolean {
  const { $filter } = request.query as Record<string, string | undefined>;
  checkExpand(request, expansions);
  if ($filter === undefined) return () => true;
  const clauses = $filter.split(/\s+and\s+/i).map((clause) => {
    const [, property, value] =
      /^\(?\s*(resourceType|name|location|resourceGroup)\s+eq\s+'([^']*)'\s*\)?$/i.exec(clause) ?? [];
    if (property === undefined || value === undefined) {
      throw badRequest(
        "InvalidFilterInQueryString",
        `Invalid $filter '${$filter}' specified in the query string; supported: resourceType, name, location, resourceGroup, with eq and and.`,
      );
    }
    return { property: property.toLowerCase(), value: value.toLowerCase() };
  });
  const propertyOf = (resource: ListedResource, property: string): string | undefined =>
    ({
      resourcetype: resource.type,
      name: resource.name,
      location: resource.location,
      resourcegroup: resource.id.split("/")[4],
    })[property]?.toLowerCase();
  return (resource) => clauses.every(({ property, value }) => propertyOf(resource, property) === value);
}
