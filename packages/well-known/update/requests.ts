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
 * Each request to Microsoft Graph that an application can make by itself, with the permissions of which any one is enough,
 * the least privileged first: `GET /users/{id}` by `User.ReadBasic.All User.Read.All …`.
 */
export function permissionsByRequest(file: unknown): ReadonlyMap<string, string> {
  const allowed = new Map<string, Map<string, number>>();
  for (const [name, { schemes, pathSets }] of Object.entries(permissions.parse(file).permissions)) {
    const level = schemes.Application?.privilegeLevel ?? mostPrivileged;
    for (const { schemeKeys, methods, paths } of pathSets) {
      if (!schemeKeys.includes("Application")) continue;
      for (const [path, least] of Object.entries(paths))
        for (const method of methods) {
          const request = `${method} ${path.toLowerCase()}`;
          const known = allowed.get(request) ?? new Map<string, number>();
          // Where the publisher names one as the least for the path, it comes before others of its level.
          known.set(
            name,
            Math.min(known.get(name) ?? Infinity, level - (/least=[^;]*Application/.test(least) ? 0.5 : 0)),
          );
          allowed.set(request, known);
        }
    }
  }
  return new Map(
    [...allowed].map(([request, levels]) => {
      const names = [...levels].sort(([one, low], [other, high]) => low - high || (one < other ? -1 : 1));
      return [request, names.map(([name]) => name).join(" ")];
    }),
  );
}

const mostPrivileged = 5;
