import { z } from "zod";
import type { AppRoleRow, RoleRow, Tier } from "../dataRows";

const tier = z
  .enum(["0", "1", "2", "3"])
  .transform((value): Tier => (({ "0": 0, "1": 1, "2": 2, "3": 3 }) as const)[value]);
const guid = z.string().transform((value) => value.toLowerCase());
const tiered = z.array(
  z.object({ id: guid, tier, assetName: z.string(), pathType: z.enum(["Direct", "Indirect", "n/a"]).optional() }),
);
const graphAppRoles = z.array(z.object({ Id: guid, Value: z.string() }));
const firstPartyApps = z.array(z.object({ AppId: guid, AppDisplayName: z.string().nullish() }));
const apiPermissions = z.array(
  z.object({
    PermissionId: guid,
    PermissionValue: z.string(),
    PermissionType: z.string(),
    TargetAppDisplayName: z.string(),
    TargetAppId: guid,
    EAMTierLevelTagValue: tier.nullish().catch(null),
  }),
);
const builtIn = z.array(
  z.object({
    RoleId: guid,
    RoleName: z.string(),
    RolePermissions: z.array(z.object({ EAMTierLevelTagValue: tier.nullish().catch(null) })).nullish(),
  }),
);

export const graphClientId = "00000003-0000-0000-c000-000000000000";

/** The app roles of each of Microsoft's APIs by its client id. */
export function appRoleRows(files: Record<"graphAppRoles" | "graphTiers" | "apiPermissions", unknown>) {
  const tiers = new Map(tiered.parse(files.graphTiers).map((each) => [each.id, each]));
  const others = apiPermissions.parse(files.apiPermissions).filter((each) => each.PermissionType === "Application");
  const second = new Map(others.map((each) => [`${each.TargetAppId} ${each.PermissionId}`, each]));
  const rows = new Map<string, Map<string, AppRoleRow>>();
  const add = (api: string, id: string, name: string) => {
    const known = rows.get(api) ?? new Map<string, AppRoleRow>();
    const first = api === graphClientId ? tiers.get(id) : undefined;
    const opinion = second.get(`${api} ${id}`)?.EAMTierLevelTagValue ?? null;
    const path = first?.pathType === "Direct" ? "direct" : first?.pathType === "Indirect" ? "indirect" : undefined;
    const judged = [name, id, first?.tier ?? opinion, opinion] as const;
    known.set(id, path ? [...judged, path] : judged);
    rows.set(api, known);
  };
  for (const { id, assetName } of tiers.values()) add(graphClientId, id, assetName);
  for (const { TargetAppId, PermissionId, PermissionValue } of others) add(TargetAppId, PermissionId, PermissionValue);
  // Last, so that Graph's own spelling wins.
  for (const { Id, Value } of graphAppRoles.parse(files.graphAppRoles)) add(graphClientId, Id, Value);
  return [...rows]
    .map(([api, roles]) => [api, [...roles.values()].sort(byName)] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** The names of the APIs that have app roles. */
export function apiNames(files: Record<"firstPartyApps" | "apiPermissions", unknown>, apis: readonly string[]) {
  const published = new Map(
    firstPartyApps.parse(files.firstPartyApps).map((each) => [each.AppId, each.AppDisplayName]),
  );
  const classified = new Map(
    apiPermissions.parse(files.apiPermissions).map((each) => [each.TargetAppId, each.TargetAppDisplayName]),
  );
  return apis.map((api) => [api, published.get(api) ?? classified.get(api) ?? api] as const);
}

/** Built-in roles of Azure, or of the directory. The tier is that of azure-tiering, or otherwise that of the most serious permission. */
export function roleRows(first: unknown, other: unknown): RoleRow[] {
  const rows = new Map<string, RoleRow>();
  for (const { RoleId, RoleName, RolePermissions } of builtIn.parse(other)) {
    const tiers = (RolePermissions ?? []).flatMap(({ EAMTierLevelTagValue: of }) => of ?? []);
    rows.set(RoleId, [RoleName, RoleId, tiers.length > 0 ? (Math.min(...tiers) as Tier) : null]);
  }
  for (const { id, assetName, tier: of } of tiered.parse(first)) rows.set(id, [rows.get(id)?.[0] ?? assetName, id, of]);
  return [...rows.values()].sort(byName);
}

const byName = (
  [one, oneId]: readonly [string, string, ...unknown[]],
  [other, otherId]: readonly [string, string, ...unknown[]],
) => (one === other ? (oneId < otherId ? -1 : 1) : one < other ? -1 : 1);
