import { limits } from "../packages/validation/limits";
import { type Problem, placeOf } from "../packages/validation/problems";
import type { LandscapeDefinition } from "./landscapeDefinition";

/**
 * Services whose registrations would hold more than Entra allows. Entra refuses them only when the deployment reaches the last
 * call, after everything before it has been created.
 */
export function exceededLimits({ services, apis: existing = {} }: LandscapeDefinition): Problem[] {
  const { apis, apisOfOtherTenants, permissions, items } = limits.registration;
  return Object.entries(services).flatMap(([service, { appRoles, calls = {} }]) => {
    const called = Object.keys(calls);
    const granted = Object.values(calls).reduce((sum, { roles }) => sum + roles.length, 0);
    const offered = Object.keys(appRoles).length;
    return [
      ...exceeded(["services", service, "calls"], "it calls", called.length, apis, "APIs", split),
      ...exceeded(
        ["services", service, "calls"],
        "it calls",
        called.filter((api) => api in existing).length,
        apisOfOtherTenants,
        "APIs of other tenants",
        split,
      ),
      ...exceeded(["services", service, "calls"], "it is granted", granted, permissions, "app roles", split),
      ...exceeded(
        ["services", service, "appRoles"],
        "it exposes",
        offered,
        items,
        "app roles",
        "Divide the API among several services",
      ),
    ];
  });
}

const split = "Divide these calls among several services";

function exceeded(
  path: readonly string[],
  verb: string,
  count: number,
  most: number,
  what: string,
  remedy: string,
): Problem[] {
  if (count <= most) return [];
  return [{ path, text: `${placeOf(path)}: ${verb} ${count} ${what}; allowed by Entra: ${most}. ${remedy}` }];
}
