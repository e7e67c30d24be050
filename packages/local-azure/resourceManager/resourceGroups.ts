import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { isWithin } from "../roleBasedAccess";
import { type ArmContext, parse } from "./armContext";
import { ArmError } from "./armError";
import { armPage } from "./armPage";
import { groupOf } from "./groupOf";
import { deleteIdentity } from "./managedIdentities";
import { location, provisioningState, readOnly, tags } from "./readOnly";
import type { ResourceGroup } from "./subscription";
import { deleteVault } from "./vaultLifecycle";

export const groupVersions = [
  "2018-05-01",
  "2019-07-01",
  "2020-06-01",
  "2020-10-01",
  "2021-01-01",
  "2021-04-01",
  "2022-09-01",
  "2023-07-01",
  "2024-03-01",
  "2024-07-01",
  "2024-11-01",
  "2025-03-01",
  "2025-04-01",
];
const type = "Microsoft.Resources/subscriptions/resourceGroups";
const path = "/subscriptions/:subscription/resourceGroups/:group";
type ByName = { Params: { group: string } };

const body = z.strictObject({
  ...readOnly,
  location,
  tags,
  managedBy: z.null().optional(),
  properties: z.strictObject({ provisioningState }).optional(),
});
const changes = z.strictObject({ ...readOnly, tags });

export function resourceGroupRoutes(app: FastifyInstance, context: ArmContext): void {
  const { subscription, authorize, later } = context;

  app.put<ByName>(path, async (request, reply) => {
    authorize(request, `${type}/write`, groupVersions);
    const { group: name } = request.params;
    if (!/^[-\w.()]{1,90}$/.test(name) || name.endsWith(".")) {
      throw new ArmError(400, "InvalidResourceGroup", `The provided resource group name '${name}' is invalid.`);
    }
    const { location, tags } = parse(body, request.body);
    const existing = subscription.groups.get(name.toLowerCase());
    if (existing && existing.location !== location) {
      throw new ArmError(
        409,
        "InvalidResourceGroupLocation",
        `Invalid resource group location '${location}'. The resource group already exists in location '${existing.location}'.`,
      );
    }
    const group: ResourceGroup = existing ?? {
      id: `${subscription.path}/resourceGroups/${name}`,
      name,
      location,
      tags: {},
    };
    group.tags = tags ?? {};
    subscription.groups.set(name.toLowerCase(), group);
    return reply.code(existing ? 200 : 201).send(shown(group));
  });

  app.head<ByName>(path, async (request, reply) => {
    authorize(request, `${type}/read`, groupVersions);
    return reply.code(subscription.groups.has(request.params.group.toLowerCase()) ? 204 : 404).send();
  });

  app.patch<ByName>(path, async (request) => {
    authorize(request, `${type}/write`, groupVersions);
    const group = groupOf(subscription, request.params.group);
    group.tags = parse(changes, request.body).tags ?? group.tags;
    return shown(group);
  });

  app.get<ByName>(path, async (request) => {
    authorize(request, `${type}/read`, groupVersions);
    return shown(groupOf(subscription, request.params.group));
  });

  app.get("/subscriptions/:subscription/resourceGroups", async (request) => {
    authorize(request, `${type}/read`, groupVersions, subscription.path, ["$top", "$skiptoken"]);
    return armPage(request, [...subscription.groups.values()].map(shown));
  });

  app.delete<ByName>(path, async (request, reply) => {
    authorize(request, `${type}/delete`, groupVersions);
    const group = groupOf(subscription, request.params.group);
    // Everything in the group is deleted too. Vaults remain recoverable.
    return later(reply, async () => {
      for (const vault of [...subscription.vaults.values()]) {
        if (isWithin(vault.id, group.id)) await deleteVault(context, vault);
      }
      for (const identity of [...subscription.identities.values()]) {
        if (isWithin(identity.id, group.id)) deleteIdentity(context, identity);
      }
      subscription.removeStored(group.id.toLowerCase());
      subscription.access.removeUnder(group.id);
      subscription.groups.delete(group.name.toLowerCase());
    });
  });
}

const shown = ({ id, name, location, tags }: ResourceGroup) => ({
  id,
  name,
  type: "Microsoft.Resources/resourceGroups",
  location,
  tags,
  properties: { provisioningState: "Succeeded" },
});
