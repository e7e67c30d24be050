/** 0: a known path to every right in the tenant. 1: writes, or reads confidential data. 2: reads the directory. 3: almost harmless. */
export type Tier = 0 | 1 | 2 | 3;

/** An app role: name, id, tier (`null`: nobody has published one), the second opinion, the kind of attack path. */
export type AppRoleRow = readonly [string, string, Tier | null, Tier | null, ("direct" | "indirect")?];

/** A role of Azure or of the directory: name, id, tier. */
export type RoleRow = readonly [string, string, Tier | null];
