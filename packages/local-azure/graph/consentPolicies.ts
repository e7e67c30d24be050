import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ConditionSet, ConsentPolicy } from "../consent";
import * as bodies from "./bodies";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { badRequest, GraphError, notFound } from "./graphError";
import { page } from "./odata/page";
import { queryOf } from "./odata/query";
import { permit } from "./permissions";

const odataType = { "@odata.type": z.string().optional() };
const policyBody = z.strictObject({
  ...odataType,
  // Ids that begin with microsoft- are Entra's own.
  id: z.string().regex(/^(?!microsoft-)[\w-]{1,64}$/),
  displayName: z.string().min(1),
  description: z.string().default(""),
});
const ids = z.array(z.guid().toLowerCase()).min(1);
const all = z.tuple([z.literal("all")]);

/** Conditions that the local Azure does not enforce are accepted only with the value that matches anything. */
const conditionSetBody = z.strictObject({
  ...odataType,
  permissionType: z.enum(["application", "delegated"]),
  permissionClassification: z.literal("all").optional(),
  permissions: z.union([all, ids]).default(["all"]),
  resourceApplication: z.union([z.literal("any"), z.guid().toLowerCase()]).default("any"),
  clientApplicationIds: z.union([all, ids]).default(["all"]),
  clientApplicationTenantIds: z.union([all, ids]).default(["all"]),
  clientApplicationPublisherIds: all.optional(),
  clientApplicationsFromVerifiedPublisherOnly: z.literal(false).optional(),
});

type ById = { Params: { id: string } };

/** https://learn.microsoft.com/graph/api/resources/permissiongrantpolicy */
export function consentPolicyRoutes(app: FastifyInstance, { tenant, base, caller, ordered }: GraphContext): void {
  const path = "/v1.0/policies/permissionGrantPolicies";
  const context = (suffix: string) => `${base()}/v1.0/$metadata#policies/permissionGrantPolicies${suffix}`;
  const { policies } = tenant.consent;
  const find = (id: string): ConsentPolicy => {
    const found = policies.get(id);
    if (!found) throw notFound(id);
    return found;
  };

  app.get(path, async (request) => {
    permit.readConsentPolicies(caller(request));
    const rows = ordered([...policies.values()]).map(shownPolicy);
    return page(context(""), `${base()}${path}`, entityTypes.permissionGrantPolicy, rows, queryOf(request));
  });

  app.post(path, async (request, reply) => {
    permit.changeConsentPolicies(caller(request));
    const { id, displayName, description } = bodies.parse(policyBody, request.body, "PermissionGrantPolicy");
    if (policies.has(id))
      throw new GraphError(409, "Request_MultipleObjectsWithSameKeyValue", "A conflicting object exists.");
    const policy: ConsentPolicy = { id, displayName, description, includes: [], excludes: [] };
    policies.set(id, policy);
    return reply.code(201).send({ "@odata.context": context("/$entity"), ...shownPolicy(policy) });
  });

  app.get<ById>(`${path}/:id`, async (request) => {
    permit.readConsentPolicies(caller(request));
    queryOf(request, []);
    return { "@odata.context": context("/$entity"), ...shownPolicy(find(request.params.id)) };
  });

  app.delete<ById>(`${path}/:id`, async (request, reply) => {
    permit.changeConsentPolicies(caller(request));
    policies.delete(find(request.params.id).id);
    return reply.code(204).send();
  });

  for (const side of ["includes", "excludes"] as const) {
    app.get<ById>(`${path}/:id/${side}`, async (request) => {
      permit.readConsentPolicies(caller(request));
      const { id, [side]: sets } = find(request.params.id);
      const address = `${base()}${path}/${id}/${side}`;
      const rows = sets.map(shownSet);
      return page(
        context(`('${id}')/${side}`),
        address,
        entityTypes.permissionGrantConditionSet,
        rows,
        queryOf(request),
      );
    });

    app.post<ById>(`${path}/:id/${side}`, async (request, reply) => {
      permit.changeConsentPolicies(caller(request));
      const policy = find(request.params.id);
      const given = bodies.parse(conditionSetBody, request.body, "PermissionGrantConditionSet");
      const { permissionType, permissions, resourceApplication } = given;
      const { clientApplicationIds, clientApplicationTenantIds } = given;
      if (resourceApplication === "any" && !permissions.includes("all"))
        throw badRequest("Property 'permissions' names permissions, but 'resourceApplication' names no API.");
      const set: ConditionSet = {
        id: randomUUID(),
        permissionType,
        permissions,
        resourceApplication,
        clientApplicationIds,
        clientApplicationTenantIds,
      };
      policy[side].push(set);
      const of = context(`('${policy.id}')/${side}/$entity`);
      return reply.code(201).send({ "@odata.context": of, ...shownSet(set) });
    });

    app.delete<{ Params: { id: string; set: string } }>(`${path}/:id/${side}/:set`, async (request, reply) => {
      permit.changeConsentPolicies(caller(request));
      const sets = find(request.params.id)[side];
      const at = sets.findIndex(({ id }) => id === request.params.set);
      if (at < 0) throw notFound(request.params.set);
      sets.splice(at, 1);
      return reply.code(204).send();
    });
  }
}

const shownPolicy = ({ id, displayName, description, includes, excludes }: ConsentPolicy) => ({
  id,
  displayName,
  description,
  deletedDateTime: null,
  includes: includes.map(shownSet),
  excludes: excludes.map(shownSet),
});

const shownSet = (set: ConditionSet) => ({
  ...set,
  permissionClassification: "all",
  clientApplicationPublisherIds: ["all"],
  clientApplicationsFromVerifiedPublisherOnly: false,
});
