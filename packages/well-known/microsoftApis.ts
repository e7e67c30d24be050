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
   * 0: who holds it can give itself, or somebody, any right in the tenant. 1: it changes what belongs to others, or reads
   * what is confidential, tenant-wide. 2: it reads the directory. None: nobody has published one.
   */
  readonly tier?: Tier;
  /** By the Enterprise Access Model, which looks at what a permission controls, whether an attack is known or not. */
  readonly secondOpinion?: Tier;
  /** How the known attack goes: by the permission alone, or together with another. */
  readonly attackPath?: "direct" | "indirect";
}

/** The name of one of Microsoft's own APIs, by its client id in any spelling; none for any other. */
export const microsoftApiNamed = (clientId: unknown): string | undefined => microsoftApiNames[normalizedId(clientId)];

/** The client ids of Microsoft's own APIs, by name. */
export const microsoftApiIds: ReadonlyMap<string, string> = new Map(
  Object.entries(microsoftApiNames).map(([id, name]) => [name, id]),
);

/** An app role of an API by its id, in any spelling, or by its name; none for one that is not published. */
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

/** The client ids of the APIs that have an app role of that id: some of the old Azure AD Graph's are Microsoft Graph's too. */
export const apisWithRole = (roleId: unknown): readonly string[] => apisOfRole.get(normalizedId(roleId)) ?? [];

const apisOfRole = new Map<string, readonly string[]>();
for (const [api, rows] of Object.entries(microsoftAppRoles))
  for (const [, id] of rows) apisOfRole.set(id, [...(apisOfRole.get(id) ?? []), api]);

/** Ids by name, as the azuread provider gives them for a service principal. */
export const appRoleIdsOf = (clientId: unknown): Record<string, string> =>
  Object.fromEntries((microsoftAppRoles[normalizedId(clientId)] ?? []).map(([name, id]) => [name, id]));

const roleOf = ([name, id, tier, secondOpinion, attackPath]: AppRoleRow): MicrosoftAppRole => ({
  name,
  id,
  ...(tier === null ? {} : { tier }),
  ...(secondOpinion === null ? {} : { secondOpinion }),
  ...(attackPath ? { attackPath } : {}),
});
