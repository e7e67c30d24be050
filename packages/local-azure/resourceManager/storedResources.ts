import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type ArmContext, parse } from "./armContext";
import { invalidName, resourceNotFound } from "./armError";
import { groupOf } from "./groupOf";
import { location, provisioningState, readOnly, tags } from "./readOnly";
import type { StoredResource } from "./subscription";

/** A type of resource that is only stored and has no effect here. */
interface StoredType {
  readonly path: string;
  readonly type: string;
  /** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
  readonly names: RegExp;
  readonly apiVersions: readonly string[];
  readonly body: z.ZodType<{
    location?: string;
    tags?: Record<string, string> | null;
    kind?: string;
    properties: object;
  }>;
}

const networkVersions = ["2023-02-01", "2023-11-01", "2024-05-01", "2025-03-01"];
const subnet = z.strictObject({
  id: z.string().regex(/^\/subscriptions\/.*\/providers\/Microsoft\.Network\/virtualNetworks\/[^/]+\/subnets\/[^/]+$/i),
  properties: z
    .strictObject({
      privateEndpointNetworkPolicies: z
        .enum(["Disabled", "Enabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled"])
        .optional(),
      privateLinkServiceNetworkPolicies: z.enum(["Disabled", "Enabled"]).optional(),
    })
    .optional(),
});
const endpoint =
  "/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.Network/privateEndpoints/:endpoint";
/** https://learn.microsoft.com/azure/azure-monitor/reference/supported-logs/microsoft-keyvault-vaults-logs */
const switched = (categories: [string, ...string[]], groups: string[]) =>
  z
    .strictObject({
      category: z.enum(categories).nullish(),
      categoryGroup: z.enum(groups).nullish(),
      enabled: z.boolean(),
    })
    .refine(({ category, categoryGroup }) => (category ?? null) === null || (categoryGroup ?? null) === null, {
      error: "either category or categoryGroup",
    });
const logs = z.array(switched(["AuditEvent", "AzurePolicyEvaluationDetails"], ["allLogs", "audit"])).optional();
const metrics = z.array(switched(["AllMetrics"], [])).optional();

const actionGroups = z
  .array(z.string().regex(/^\/subscriptions\/.*\/providers\/Microsoft\.Insights\/actionGroups\/[^/]+$/i))
  .min(1);
const period = z.string().regex(/^P(T\d+[HM]|\d+D)$/);

const storedTypes: readonly StoredType[] = [
  {
    path: endpoint,
    type: "Microsoft.Network/privateEndpoints",
    names: /^[a-z0-9]([\w.-]{0,62}\w)?$/i,
    apiVersions: networkVersions,
    body: z.strictObject({
      ...readOnly,
      location,
      tags,
      properties: z.strictObject({
        subnet,
        provisioningState,
        privateLinkServiceConnections: z
          .array(
            z.strictObject({
              id: z
                .string()
                .regex(/\/privateLinkServiceConnections\/[^/]+$/i)
                .optional(),
              type: z.literal("Microsoft.Network/privateEndpoints/privateLinkServiceConnections").optional(),
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
    names: /^[a-z0-9]([\w.-]{0,78}\w)?$/i,
    apiVersions: networkVersions,
    body: z.strictObject({
      ...readOnly,
      properties: z.strictObject({
        provisioningState,
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
    names: /^[^<>*%&:\\?+/\p{Cc}]{1,260}$/u,
    apiVersions: ["2021-05-01-preview"],
    body: z.strictObject({
      ...readOnly,
      properties: z.strictObject({
        workspaceId: z.string().regex(/\/providers\/Microsoft\.OperationalInsights\/workspaces\/[^/]+$/i),
        logs,
        metrics,
      }),
    }),
  },
  {
    // Subscriptions that send Key Vault's events to alerts of Azure Monitor: https://learn.microsoft.com/azure/event-grid/handler-azure-monitor-alerts
    path: "/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.KeyVault/vaults/:vault/providers/Microsoft.EventGrid/eventSubscriptions/:event",
    type: "Microsoft.EventGrid/eventSubscriptions",
    names: /^[a-z0-9-]{3,64}$/i,
    apiVersions: ["2022-06-15", "2025-02-15"],
    body: z.strictObject({
      ...readOnly,
      properties: z.strictObject({
        provisioningState,
        eventDeliverySchema: z.literal("CloudEventSchemaV1_0", { error: "an alert takes CloudEventSchemaV1_0 alone" }),
        filter: z.strictObject({
          isSubjectCaseSensitive: z.boolean().optional(),
          includedEventTypes: z
            .array(
              z.string().regex(/^Microsoft\.KeyVault\.(Secret|Key|Certificate)(NewVersionCreated|NearExpiry|Expired)$/),
            )
            .min(1),
        }),
        destination: z.strictObject({
          endpointType: z.literal("MonitorAlert"),
          properties: z.strictObject({
            severity: z.enum(["Sev0", "Sev1", "Sev2", "Sev3", "Sev4"]),
            description: z.string().optional(),
            actionGroups,
          }),
        }),
      }),
    }),
  },
  {
    path: "/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.Insights/scheduledQueryRules/:rule",
    type: "Microsoft.Insights/scheduledQueryRules",
    names: /^[^<>*%{}&:\\?/#|\p{Cc}]{0,259}[^<>*%{}&:\\?/#|\p{Cc} .]$/u,
    apiVersions: ["2023-12-01", "2025-01-01-preview", "2026-03-01"],
    body: z.strictObject({
      ...readOnly,
      location,
      tags,
      kind: z.literal("LogAlert"),
      properties: z.strictObject({
        displayName: z.string().optional(),
        description: z.string().optional(),
        severity: z.int().min(0).max(4),
        enabled: z.boolean(),
        scopes: z.array(z.string().startsWith("/subscriptions/")).length(1),
        // https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule
        windowSize: period.refine((value) => !/^P([3-9]|\d\d+)D$/.test(value), { error: "at most P2D" }),
        evaluationFrequency: period,
        criteria: z.strictObject({
          allOf: z
            .array(
              z.strictObject({
                query: z.string().min(1),
                timeAggregation: z.literal("Count"),
                operator: z.enum(["Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"]),
                threshold: z.number(),
                failingPeriods: z.strictObject({
                  numberOfEvaluationPeriods: z.int().min(1).max(6),
                  minFailingPeriodsToAlert: z.int().min(1).max(6),
                }),
              }),
            )
            .length(1),
        }),
        autoMitigate: z.boolean().optional(),
        skipQueryValidation: z.boolean().optional(),
        actions: z.strictObject({ actionGroups }),
      }),
    }),
  },
];

/** Private endpoints, their DNS zone groups, diagnostic settings and event subscriptions of vaults, and alert rules. */
export function storedResourceRoutes(app: FastifyInstance, { subscription, authorize }: ArmContext): void {
  for (const { path, type, names, apiVersions, body } of storedTypes) {
    const idIn = (url: string) => decodeURIComponent(url.split("?")[0] ?? "");
    /** The parent of a resource must exist. */
    const checkParent = (id: string) => {
      const parent = id.replace(/(\/providers\/Microsoft\.(Insights|EventGrid))?\/[^/]+\/[^/]+$/i, "");
      const isEndpoint = /\/privateEndpoints$/i.test(parent.replace(/\/[^/]+$/, ""));
      const isVault = /\/vaults$/i.test(parent.replace(/\/[^/]+$/, ""));
      const isThere = isEndpoint
        ? subscription.stored.has(parent.toLowerCase())
        : !isVault || subscription.vaults.has(parent.split("/").at(-1)?.toLowerCase() ?? "");
      if (!isThere) throw resourceNotFound(parent);
    };
    app.put<{ Params: { group: string } }>(path, async (request, reply) => {
      authorize(request, `${type}/write`, apiVersions);
      const id = idIn(request.url);
      groupOf(subscription, request.params.group);
      checkParent(id);
      const name = id.split("/").at(-1) ?? "";
      if (!names.test(name)) throw invalidName(name, `names of the type ${type} must match ${names.source}`);
      const { location, tags: given, kind, properties } = parse(body, request.body);
      const existed = subscription.stored.has(id.toLowerCase());
      const resource: StoredResource = { id, name, type, location, tags: given ?? {}, kind, properties };
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
