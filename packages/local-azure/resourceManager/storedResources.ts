import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type ArmContext, parse } from "./armContext";
import { resourceNotFound } from "./armError";
import { readOnly } from "./readOnly";
import type { StoredResource } from "./subscription";

/** A type of which Azure does nothing here but keep what was written. */
interface StoredType {
  readonly path: string;
  readonly type: string;
  readonly apiVersions: readonly string[];
  readonly body: z.ZodType<{ location?: string; tags?: Record<string, string> | null; properties: object }>;
}

const networkVersions = ["2023-02-01", "2023-11-01", "2024-05-01", "2025-03-01"];
const tags = z.record(z.string(), z.string()).nullish();
const subnet = z.strictObject({
  id: z.string().regex(/^\/subscriptions\/.*\/providers\/Microsoft\.Network\/virtualNetworks\/[^/]+\/subnets\/[^/]+$/i),
  properties: z
    .strictObject({
      privateEndpointNetworkPolicies: z.string().optional(),
      privateLinkServiceNetworkPolicies: z.string().optional(),
    })
    .optional(),
});
const endpoint =
  "/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.Network/privateEndpoints/:endpoint";
const switched = z.strictObject({
  category: z.string().nullish(),
  categoryGroup: z.string().nullish(),
  enabled: z.boolean(),
});

const storedTypes: readonly StoredType[] = [
  {
    path: endpoint,
    type: "Microsoft.Network/privateEndpoints",
    apiVersions: networkVersions,
    body: z.strictObject({
      ...readOnly,
      location: z.string().min(1),
      tags,
      properties: z.strictObject({
        subnet,
        provisioningState: z.string().optional(),
        privateLinkServiceConnections: z
          .array(
            z.strictObject({
              ...readOnly,
              name: z.string().min(1),
              properties: z.strictObject({
                privateLinkServiceId: z.string().startsWith("/subscriptions/"),
                groupIds: z.array(z.literal("vault")).length(1),
              }),
            }),
          )
          .length(1),
      }),
    }),
  },
  {
    path: `${endpoint}/privateDnsZoneGroups/:zones`,
    type: "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
    apiVersions: networkVersions,
    body: z.strictObject({
      ...readOnly,
      properties: z.strictObject({
        provisioningState: z.string().optional(),
        privateDnsZoneConfigs: z
          .array(
            z.strictObject({
              name: z.string().min(1),
              properties: z.strictObject({
                privateDnsZoneId: z.string().regex(/\/providers\/Microsoft\.Network\/privateDnsZones\/[^/]+$/i),
              }),
            }),
          )
          .min(1),
      }),
    }),
  },
  {
    path: "/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.KeyVault/vaults/:vault/providers/Microsoft.Insights/diagnosticSettings/:setting",
    type: "Microsoft.Insights/diagnosticSettings",
    apiVersions: ["2021-05-01-preview"],
    body: z.strictObject({
      ...readOnly,
      properties: z.strictObject({
        workspaceId: z.string().regex(/\/providers\/Microsoft\.OperationalInsights\/workspaces\/[^/]+$/i),
        logs: z.array(switched).optional(),
        metrics: z.array(switched).optional(),
      }),
    }),
  },
];

/** Private endpoints, their DNS zone groups, and diagnostic settings of vaults. */
export function storedResourceRoutes(app: FastifyInstance, { subscription, authorize }: ArmContext): void {
  for (const { path, type, apiVersions, body } of storedTypes) {
    const idIn = (url: string) => decodeURIComponent(url.split("?")[0] ?? "");
    /** What it is a part of has to be there. */
    const checkParent = (id: string) => {
      const parent = id.replace(/(\/providers\/Microsoft\.Insights)?\/[^/]+\/[^/]+$/i, "");
      const isEndpoint = /\/privateEndpoints$/i.test(parent.replace(/\/[^/]+$/, ""));
      const isVault = /\/vaults$/i.test(parent.replace(/\/[^/]+$/, ""));
      const isThere = isEndpoint
        ? subscription.stored.has(parent.toLowerCase())
        : !isVault || subscription.vaults.has(parent.split("/").at(-1)?.toLowerCase() ?? "");
      if (!isThere) throw resourceNotFound(parent);
    };
    app.put(path, async (request, reply) => {
      authorize(request, `${type}/write`, apiVersions);
      const id = idIn(request.url);
      checkParent(id);
      const { location, tags: given, properties } = parse(body, request.body);
      const existed = subscription.stored.has(id.toLowerCase());
      const name = id.split("/").at(-1) ?? "";
      const resource: StoredResource = { id, name, type, location, tags: given ?? {}, properties };
      subscription.stored.set(id.toLowerCase(), resource);
      return reply.code(existed ? 200 : 201).send(shown(resource));
    });
    app.get(path, async (request) => {
      authorize(request, `${type}/read`, apiVersions);
      const found = subscription.stored.get(idIn(request.url).toLowerCase());
      if (!found) throw resourceNotFound(idIn(request.url));
      return shown(found);
    });
    app.delete(path, async (request, reply) => {
      authorize(request, `${type}/delete`, apiVersions);
      const id = idIn(request.url).toLowerCase();
      const existed = subscription.stored.has(id);
      subscription.removeStored(id);
      return reply.code(existed ? 200 : 204).send();
    });
  }
}

const shown = ({ location, tags: given, properties, ...rest }: StoredResource) => ({
  ...rest,
  ...(location === undefined ? {} : { location, tags: given }),
  properties: { provisioningState: "Succeeded", ...properties },
});
