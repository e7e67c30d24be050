import { z } from "zod";
import type { AppRole } from "./appRegistration";
import { appRoleValue, describeIssue, isoDate, type Rule, serviceName } from "./rules";
import { UserError } from "./validation";

/** One service's need to call another. */
export interface Call<Role extends string = string> {
  /** The values of the callee's app roles that the caller gets; at least one. */
  readonly roles: readonly Role[];
  /** Why the caller needs them: 1 to 500 characters, for the reviewer. */
  readonly because: string;
  /** The last day of the need, `2027-03-31`; the review fails after it. Default: no end. */
  readonly until?: string;
}

export interface ServiceDefinition {
  /** What the service is for: 1 to 1024 characters. */
  readonly description: string;
  /** The app roles that its API exposes, by their value; `{}` for a service that nobody calls. */
  readonly appRoles: Readonly<Record<string, AppRole>>;
  /** The services that it calls, by their name. Default: none. */
  readonly calls?: Readonly<Record<string, Call>>;
}

/** All services of a stack and all calls between them. Whatever is not declared here is refused. */
export interface LandscapeDefinition {
  readonly services: Readonly<Record<string, ServiceDefinition>>;
}

type AppRolesByService = Record<string, Record<string, AppRole>>;
type Typed<R extends AppRolesByService> = {
  readonly [Service in keyof R]: {
    readonly description: string;
    readonly appRoles: R[Service];
    readonly calls?: {
      readonly [Api in Exclude<keyof NoInfer<R>, Service>]?: Call<GrantableRole<NoInfer<R>[Api]>>;
    };
  };
};
type GrantableRole<Roles> = {
  [Value in keyof Roles & string]: Roles[Value] extends { readonly retired: true } ? never : Value;
}[keyof Roles & string];

/**
 * A landscape written in TypeScript. A call to a service that does not exist, or of a role that the callee does not
 * expose or has retired, is a compile error.
 *
 * @throws LandscapeError for what types cannot say, as an impossible date
 */
export function defineLandscape<const R extends AppRolesByService>(services: Typed<R>): LandscapeDefinition {
  return parseLandscape({ services }, "the landscape");
}

/** What is wrong with a landscape: every problem at once, each with its place. */
export class LandscapeError extends UserError {
  constructor(
    source: string,
    readonly problems: readonly string[],
  ) {
    super(
      [
        `${source} has ${problems.length} problem${problems.length === 1 ? "" : "s"}:`,
        ...problems.map((p) => `  ${p}`),
      ].join("\n"),
    );
  }
}

/**
 * A landscape from untyped data, as read from a file.
 *
 * @param source names the data in the error, as in `landscape.yaml`
 * @throws LandscapeError
 */
export function parseLandscape(data: unknown, source: string): LandscapeDefinition {
  const parsed = landscape.safeParse(data, { reportInput: true });
  if (!parsed.success)
    throw new LandscapeError(
      source,
      parsed.error.issues.flatMap((issue) => describeIssue(issue, "is no part of a landscape")),
    );
  const problems = Object.entries(parsed.data.services).flatMap(([caller, { calls }]) =>
    Object.entries(calls ?? {}).flatMap(([api, call]) => problemsOf(parsed.data, caller, api, call)),
  );
  if (problems.length > 0) throw new LandscapeError(source, problems);
  return parsed.data;
}

function problemsOf({ services }: LandscapeDefinition, caller: string, api: string, call: Call): string[] {
  const where = `services.${caller}.calls.${api}`;
  if (api === caller) return [`${where}: a service does not call itself through Entra; remove the call`];
  const callee = services[api];
  if (callee === undefined) {
    return [`${where}: there is no service "${api}"; the services are ${list(Object.keys(services))}`];
  }
  const exposed = Object.keys(callee.appRoles);
  return call.roles.flatMap((role, index) => {
    if (call.roles.indexOf(role) !== index) return [`${where}.roles[${index}]: "${role}" is named twice`];
    if (callee.appRoles[role]?.retired)
      return [`${where}.roles[${index}]: "${role}" of "${api}" is retired; take it out of the call`];
    if (exposed.includes(role)) return [];
    return [
      `${where}.roles[${index}]: "${api}" has no app role "${role}"; ${
        exposed.length > 0 ? `its roles are ${list(exposed)}` : "it exposes none, and so cannot be called"
      }`,
    ];
  });
}

const ruled = (rule: Rule<string>) => z.string().refine(rule.accepts, { error: rule.allowed });
const prose = (most: number) => z.string().trim().min(1).max(most);

const landscape = z.strictObject({
  services: z.record(
    ruled(serviceName),
    z.strictObject({
      description: prose(1024),
      appRoles: z.record(
        ruled(appRoleValue),
        z.strictObject({
          description: prose(1024),
          displayName: prose(120).optional(),
          retired: z.literal(true).optional(),
        }),
      ),
      calls: z
        .record(
          z.string(),
          z.strictObject({
            roles: z.array(z.string()).min(1),
            because: prose(500),
            until: ruled(isoDate).optional(),
          }),
        )
        .optional(),
    }),
  ),
});

const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");
