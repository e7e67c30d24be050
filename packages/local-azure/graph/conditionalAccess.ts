import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type ConditionalAccessPolicy, everyServicePrincipal, type NamedLocation } from "../conditionalAccess";
import { isoSeconds } from "../directoryObjects";
import * as bodies from "./bodies";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { badRequest, notFound } from "./graphError";
import { page } from "./odata/page";
import { queryOf } from "./odata/query";
import { permit } from "./permissions";

const odataType = { "@odata.type": z.string().optional() };
const guid = z.guid().toLowerCase();
const some = <Value extends string>(all: Value) => z.array(z.union([z.literal(all), guid])).min(1);
const location = z.union([z.literal("All"), z.literal("AllTrusted"), guid]);

/** Only what the local Azure enforces is accepted: policies that block service principals, everywhere or by location. */
const policyBody = z.strictObject({
  ...odataType,
  displayName: z.string().min(1),
  state: z.enum(["enabled", "disabled", "enabledForReportingButNotEnforced"]),
  conditions: z.strictObject({
    ...odataType,
    clientAppTypes: z.tuple([z.literal("all")]).optional(),
    applications: z.strictObject({
      ...odataType,
      includeApplications: some("All"),
      excludeApplications: z.array(guid).default([]),
    }),
    clientApplications: z.strictObject({
      ...odataType,
      includeServicePrincipals: some(everyServicePrincipal),
      excludeServicePrincipals: z.array(guid).default([]),
    }),
    users: z.strictObject({ ...odataType, includeUsers: z.tuple([z.literal("None")]) }).optional(),
    locations: z
      .strictObject({
        ...odataType,
        includeLocations: z.array(location).min(1),
        excludeLocations: z.array(location).default([]),
      })
      .nullable()
      .default(null),
  }),
  grantControls: z.strictObject({
    ...odataType,
    operator: z.enum(["OR", "AND"]),
    builtInControls: z.tuple([z.literal("block")]),
  }),
});

const range = (type: string, cidr: z.ZodType<string>) =>
  z.strictObject({ "@odata.type": z.literal(`#microsoft.graph.${type}`), cidrAddress: cidr });
const locationBody = z.strictObject({
  "@odata.type": z.literal("#microsoft.graph.ipNamedLocation"),
  displayName: z.string().min(1),
  isTrusted: z.boolean().default(false),
  ipRanges: z
    .array(
      z.discriminatedUnion("@odata.type", [range("iPv4CidrRange", z.cidrv4()), range("iPv6CidrRange", z.cidrv6())]),
    )
    .min(1),
});

type ById = { Params: { id: string } };

/** https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy */
export function conditionalAccessRoutes(app: FastifyInstance, { tenant, base, caller, ordered }: GraphContext): void {
  const { policies, namedLocations } = tenant.conditionalAccess;

  const serve = <Row extends { readonly id: string }>(
    name: "policies" | "namedLocations",
    rows: Map<string, Row>,
    shown: (row: Row) => object,
    create: (body: unknown) => Row,
  ) => {
    const path = `/v1.0/identity/conditionalAccess/${name}`;
    const context = () => `${base()}/v1.0/$metadata#identity/conditionalAccess/${name}`;
    const type = name === "policies" ? entityTypes.conditionalAccessPolicy : entityTypes.namedLocation;
    const find = (id: string): Row => {
      const found = rows.get(id.toLowerCase());
      if (!found) throw notFound(id);
      return found;
    };
    app.get(path, async (request) => {
      permit.readConditionalAccess(caller(request));
      const list = ordered([...rows.values()]).map(shown);
      return page(context(), `${base()}${path}`, type, list as Record<string, unknown>[], queryOf(request));
    });
    app.get<ById>(`${path}/:id`, async (request) => {
      permit.readConditionalAccess(caller(request));
      queryOf(request, []);
      return { "@odata.context": `${context()}/$entity`, ...shown(find(request.params.id)) };
    });
    app.post(path, async (request, reply) => {
      permit.changeConditionalAccess(caller(request));
      const row = create(request.body);
      rows.set(row.id, row);
      return reply.code(201).send({ "@odata.context": `${context()}/$entity`, ...shown(row) });
    });
    app.delete<ById>(`${path}/:id`, async (request, reply) => {
      permit.changeConditionalAccess(caller(request));
      rows.delete(find(request.params.id).id);
      return reply.code(204).send();
    });
  };

  const created = () => ({ id: randomUUID(), createdDateTime: isoSeconds(tenant.now) });
  serve("policies", policies, shownPolicy, (body) => {
    const { displayName, state, conditions, grantControls } = bodies.parse(policyBody, body, "ConditionalAccessPolicy");
    const { applications, clientApplications, locations } = conditions;
    const named = [...(locations?.includeLocations ?? []), ...(locations?.excludeLocations ?? [])];
    const unknown = named.find((each) => !["All", "AllTrusted"].includes(each) && !namedLocations.has(each));
    if (unknown !== undefined)
      throw badRequest(`Property 'locations' names ${unknown}, which is not a named location.`);
    const { includeServicePrincipals, excludeServicePrincipals } = clientApplications;
    const nobody = [...includeServicePrincipals, ...excludeServicePrincipals].find(
      (each) => each !== everyServicePrincipal && !tenant.servicePrincipals.has(each),
    );
    if (nobody !== undefined)
      throw badRequest(`Property 'clientApplications' names ${nobody}, which is not a service principal.`);
    return {
      ...created(),
      displayName,
      state,
      conditions: { applications, clientApplications, locations },
      grantControls,
    };
  });
  serve("namedLocations", namedLocations, shownLocation, (body) => {
    const { displayName, isTrusted, ipRanges } = bodies.parse(locationBody, body, "NamedLocation");
    return { ...created(), displayName, isTrusted, ranges: ipRanges.map(({ cidrAddress }) => cidrAddress) };
  });
}

const shownPolicy = ({ conditions, grantControls, ...policy }: ConditionalAccessPolicy) => ({
  ...policy,
  modifiedDateTime: null,
  conditions: {
    ...{
      clientAppTypes: ["all"],
      platforms: null,
      servicePrincipalRiskLevels: [],
      signInRiskLevels: [],
      userRiskLevels: [],
    },
    ...conditions,
    users: { includeUsers: ["None"], excludeUsers: [], includeGroups: [], excludeGroups: [] },
  },
  grantControls: { ...grantControls, customAuthenticationFactors: [], termsOfUse: [] },
  sessionControls: null,
});

const shownLocation = ({ ranges, ...location }: NamedLocation) => ({
  "@odata.type": "#microsoft.graph.ipNamedLocation",
  ...location,
  modifiedDateTime: null,
  ipRanges: ranges.map((cidrAddress) => ({
    "@odata.type": `#microsoft.graph.iPv${cidrAddress.includes(":") ? 6 : 4}CidrRange`,
    cidrAddress,
  })),
});
