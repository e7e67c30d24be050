import { problemList } from "../packages/validation/problems";
import { UserError } from "../packages/validation/userError";
import type { LandscapeDefinition } from "./landscapeDefinition";

/** What the next deployment needs to know about an app role. */
export interface DeployedRole {
  /** Whether the role has ever been granted. */
  readonly granted: boolean;
  readonly retired: boolean;
}

/** The app roles of a deployment, by service and value. */
export type DeployedRoles = Readonly<Record<string, Readonly<Record<string, DeployedRole>>>>;

/** All roles that would be removed although valid tokens may still contain them, and what to do. */
export class RoleRemovalError extends UserError {
  constructor(readonly problems: readonly string[]) {
    super(problemList("app roles cannot be removed in one step:", problems));
  }
}

/**
 * Returns the roles that exist after a deployment of the landscape.
 *
 * Removing a granted role takes two deployments. The first retires the role and removes its grants; the second removes the
 * role, after the last token with it has expired. If a whole service is removed, its roles are removed with it.
 *
 * @param before the result of the last deployment; `undefined` for the first
 * @throws RoleRemovalError if a granted role is missing that was not retired
 */
export function rolesAfter(before: DeployedRoles | undefined, { services }: LandscapeDefinition): DeployedRoles {
  const problems = Object.entries(before ?? {}).flatMap(([service, roles]) => {
    const kept = services[service]?.appRoles;
    if (kept === undefined) return [];
    return Object.entries(roles).flatMap(([value, { granted, retired }]) =>
      Object.hasOwn(kept, value) || !granted || retired
        ? []
        : [
            `services.${service}.appRoles: "${value}" has been granted, and valid tokens may still contain it. Restore it with \`retired: true\` and without its calls, deploy, and remove it in a later deployment`,
          ],
    );
  });
  if (problems.length > 0) throw new RoleRemovalError(problems);

  const grantedNow = new Set(
    Object.entries(services).flatMap(([name, { calls = {}, allowedCallers = {} }]) => [
      ...Object.entries(calls).flatMap(([api, { roles }]) => roles.map((value) => `${api} ${value}`)),
      // A service of another stack may have been granted it.
      ...Object.values(allowedCallers).flatMap((roles) => roles.map((value) => `${name} ${value}`)),
    ]),
  );
  return Object.fromEntries(
    Object.entries(services).map(([service, { appRoles }]) => [
      service,
      Object.fromEntries(
        Object.entries(appRoles).map(([value, { retired }]) => [
          value,
          {
            granted: before?.[service]?.[value]?.granted === true || grantedNow.has(`${service} ${value}`),
            retired: retired === true,
          },
        ]),
      ),
    ]),
  );
}
