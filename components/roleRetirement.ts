import { problemList } from "../packages/validation/problems";
import { UserError } from "../packages/validation/userError";
import type { LandscapeDefinition } from "./landscapeDefinition";

/** What a deployment leaves behind of an app role, for the next one to know. */
export interface DeployedRole {
  /** Whether anybody has been granted the role since it exists. */
  readonly granted: boolean;
  readonly retired: boolean;
}

/** The app roles of a deployment, by service and value. */
export type DeployedRoles = Readonly<Record<string, Readonly<Record<string, DeployedRole>>>>;

/** A role that is taken away while tokens may still carry it: every one at once, and what to do. */
export class RoleRemovalError extends UserError {
  constructor(readonly problems: readonly string[]) {
    super(problemList("app roles cannot be removed in one step:", problems));
  }
}

/**
 * The roles that a deployment of the landscape leaves behind.
 *
 * A role that somebody was granted goes in two deployments: the first retires it and takes the grants back, the second,
 * when the last token that carries it has expired, removes it. A service that goes as a whole takes its roles along.
 *
 * @param before what the last deployment left; `undefined` at the first
 * @throws RoleRemovalError when a granted role is missing that was not retired
 */
export function rolesAfter(before: DeployedRoles | undefined, { services }: LandscapeDefinition): DeployedRoles {
  const problems = Object.entries(before ?? {}).flatMap(([service, roles]) => {
    const kept = services[service]?.appRoles;
    if (kept === undefined) return [];
    return Object.entries(roles).flatMap(([value, { granted, retired }]) =>
      value in kept || !granted || retired
        ? []
        : [
            `services.${service}.appRoles: "${value}" has been granted, and tokens may still carry it. Put it back with \`retired: true\` and without its calls, deploy, and remove it in a later deployment`,
          ],
    );
  });
  if (problems.length > 0) throw new RoleRemovalError(problems);

  const grantedNow = new Set(
    Object.entries(services).flatMap(([name, { calls = {}, allowedCallers = {} }]) => [
      ...Object.entries(calls).flatMap(([api, { roles }]) => roles.map((value) => `${api} ${value}`)),
      // Somebody outside may hold it by now.
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
