import { z } from "zod";

const permissions = z.object({
  permissions: z.record(
    z.string(),
    z.object({
      schemes: z.record(z.string(), z.object({ privilegeLevel: z.number().optional() })),
      pathSets: z.array(
        z.object({
          schemeKeys: z.array(z.string()),
          methods: z.array(z.string()),
          paths: z.record(z.string(), z.string()),
        }),
      ),
    }),
  ),
});

/**
 * Each request to Microsoft Graph that an application can make by itself, with the permissions that each suffice for it,
 * the least privileged first: `GET /users/{id}` by `User.ReadBasic.All User.Read.All …`.
 *
 * @param appRoles the names of the app roles that Microsoft Graph has
 */
export function permissionsByRequest(file: unknown, appRoles: ReadonlySet<string>): ReadonlyMap<string, string> {
  const allowed = new Map<string, Map<string, Rank>>();
  for (const [name, { schemes, pathSets }] of Object.entries(permissions.parse(file).permissions)) {
    // Some permissions are listed for applications, but no app role exists that could be granted.
    if (!appRoles.has(name)) continue;
    const level = schemes.Application?.privilegeLevel ?? mostPrivileged;
    for (const { schemeKeys, methods, paths } of pathSets) {
      if (!schemeKeys.includes("Application")) continue;
      for (const [path, least] of Object.entries(paths))
        for (const method of methods) {
          const request = `${method} ${path.toLowerCase()}`;
          const known = allowed.get(request) ?? new Map<string, Rank>();
          known.set(name, rankOf(method, methods.length, /least=[^;]*Application/.test(least), level));
          allowed.set(request, known);
        }
    }
  }
  return new Map(
    [...allowed].map(([request, ranks]) => {
      const names = [...ranks].sort(
        ([one, low], [other, high]) =>
          low[0] - high[0] || low[1] - high[1] || low[2] - high[2] || (one < other ? -1 : 1),
      );
      return [request, names.map(([name]) => name).join(" ")];
    }),
  );
}

type Rank = readonly [number, number, number];

/**
 * The publisher marks the least permission of a path, not of a method: a permission that also writes may be marked together with one
 * that only reads. So for reads, the permission that allows the fewest methods is first; for writes, the marked one.
 */
function rankOf(method: string, methods: number, isLeast: boolean, level: number): Rank {
  const marked = isLeast ? 0 : 1;
  return method === "GET" ? [methods, marked, level] : [marked, methods, level];
}

const mostPrivileged = 5;
