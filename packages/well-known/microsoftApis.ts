import { microsoftApiNames } from "./data/microsoftApiNames";
import { microsoftAppRoles } from "./data/microsoftAppRoles";
import type { AppRoleRow, Tier } from "./dataRows";
import { normalizedId } from "./ids";

/** An app role of one of Microsoft's own APIs. */
export interface MicrosoftAppRole {
  readonly name: string;
  /** The same in every tenant. */
  readonly id: string;
  /**
   * 0: its holder can gain any right in the tenant. 1: it changes objects of others, or reads confidential data, in the whole
   * tenant. 2: it reads the directory. Absent: no tier is published.
   */
  readonly tier?: Tier;
  /** The tier by the Enterprise Access Model, which considers what a permission controls, not known attacks. */
  readonly secondOpinion?: Tier;
  /** Whether the known attack needs this permission alone (`direct`) or others too. */
  readonly attackPath?: "direct" | "indirect";
}

/** The name of one of Microsoft's own APIs, by its client id in any spelling; undefined for other APIs. */
export const microsoftApiNamed = (clientId: unknown): string | undefined => microsoftApiNames[normalizedId(clientId)];

/** The client ids of Microsoft's own APIs, by name. */
export const microsoftApiIds: ReadonlyMap<string, string> = new Map(
  Object.entries(microsoftApiNames).map(([id, name]) => [name, id]),
);

/** An app role of an API by its id, in any spelling, or by its name; undefined if it is not published. */
export function appRoleOf(clientId: unknown, idOrName: unknown): MicrosoftAppRole | undefined {
  const api = normalizedId(clientId);
  let known = indexes.get(api);
  if (!known) {
    const rows = microsoftAppRoles[api] ?? [];
    known = new Map(rows.flatMap((row) => [[row[0], row] as const, [row[1], row] as const]));
    indexes.set(api, known);
  }
  const row = known.get(`${idOrName}`) ?? known.get(normalizedId(idOrName));
  return row && roleOf(row);
}

const indexes = new Map<string, ReadonlyMap<string, AppRoleRow>>();

/** The client ids of the APIs with an app role of this id. Some ids belong to both the old Azure AD Graph and Microsoft Graph. */
export const apisWithRole = (roleId: unknown): readonly string[] => apisOfRole.get(normalizedId(roleId)) ?? [];

const apisOfRole = new Map<string, readonly string[]>();
for (const [api, rows] of Object.entries(microsoftAppRoles))
  for (const [, id] of rows) apisOfRole.set(id, [...(apisOfRole.get(id) ?? []), api]);

/** The ids of app roles by name, as the azuread provider returns them for a service principal. */
export const appRoleIdsOf = (clientId: unknown): Record<string, string> =>
  Object.fromEntries((microsoftAppRoles[normalizedId(clientId)] ?? []).map(([name, id]) => [name, id]));

const roleOf = ([name, id, tier, secondOpinion, attackPath]: AppRoleRow): MicrosoftAppRole => ({
  name,
  id,
  ...(tier === null ? {} : { tier }),
  ...(secondOpinion === null ? {} : { secondOpinion }),
  ...(attackPath ? { attackPath } : {}),
});
