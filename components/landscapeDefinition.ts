import { z } from "zod";
import { alike } from "../packages/validation/alike";
import { appRoleValue, isoDate, qualifiedName, serviceName } from "../packages/validation/formats";
import { limits } from "../packages/validation/limits";
import { check, ProblemsError } from "../packages/validation/problems";
import { guid, matching, prose } from "../packages/validation/schemas";
import type { AppRole } from "./appRegistration";
import { exceededLimits } from "./registrationLimits";
import { sharedNames } from "./resourceNames";

/** One service's need to call another. */
export interface Call<Role extends string = string> {
  /** The values of the API's app roles that the caller gets; at least one. */
  readonly roles: readonly Role[];
  /** Why the caller needs them, for reviewers: 1 to 500 characters. */
  readonly because: string;
  /** The last day of the grant, for example `2027-03-31`. After it, the review fails. Default: no end. */
  readonly until?: string;
  /** What it asks Microsoft Graph, as in `GET /users/{id}`: the review tells when a narrower role does. Default: not said. */
  readonly requests?: readonly string[];
}

export interface ServiceDefinition {
  /** What the service is for: 1 to 1024 characters. */
  readonly description: string;
  /** The app roles that its API exposes, by value; `{}` for a service that nobody calls. */
  readonly appRoles: Readonly<Record<string, AppRole>>;
  /**
   * The APIs that it calls: a service of this landscape by its name, a service of another landscape as `finance/ledger`, or an
   * existing API by its name in {@link LandscapeDefinition.apis}. Default: none.
   */
  readonly calls?: Readonly<Record<string, Call>>;
  /** Which services of other landscapes may be granted which roles, for example `{"shop/orders": ["Ledger.Write"]}`. Default: none. */
  readonly allowedCallers?: Readonly<Record<string, readonly string[]>>;
}

/** An API that no landscape deploys, for example Microsoft Graph. */
export interface ExistingApi {
  /** Its application (client) id: a GUID. It needs a service principal in the tenant. */
  readonly clientId: string;
  /** The values of the app roles that calls may name, for example `User.Read.All`. */
  readonly appRoles: readonly string[];
}

/** All services of a stack and all calls between them. Calls that are not declared here are refused. */
export interface LandscapeDefinition {
  readonly services: Readonly<Record<string, ServiceDefinition>>;
  /** Existing APIs, by names that the landscape chooses. Default: none. */
  readonly apis?: Readonly<Record<string, ExistingApi>>;
}

type AppRolesByService = Record<string, Record<string, AppRole>>;

/** What a landscape in TypeScript calls outside its own services. */
export interface Elsewhere {
  /** Existing APIs, by names that the landscape chooses. */
  readonly apis?: Readonly<Record<string, ExistingApi>>;
  /** The app roles of services in other landscapes, by landscape and service, as those landscapes declare them. */
  readonly landscapes?: Readonly<Record<string, AppRolesByService>>;
}

type Typed<R extends AppRolesByService, E extends Elsewhere> = {
  readonly [Service in keyof R]: {
    readonly description: string;
    readonly appRoles: R[Service];
    readonly calls?: {
      readonly [Api in Exclude<keyof NoInfer<R>, Service>]?: Call<GrantableRole<NoInfer<R>[Api]>>;
    } & CallsElsewhere<NoInfer<E>>;
    readonly allowedCallers?: Readonly<Record<`${string}/${string}`, readonly GrantableRole<R[Service]>[]>>;
  };
};
type CallsElsewhere<E extends Elsewhere> = {
  readonly [Api in keyof E["apis"]]?: E["apis"][Api] extends ExistingApi
    ? Call<E["apis"][Api]["appRoles"][number]>
    : never;
} & {
  readonly [Name in QualifiedNames<E["landscapes"]>]?: Call<RolesOf<E["landscapes"], Name>>;
};
type QualifiedNames<L> = {
  [Landscape in keyof L & string]: `${Landscape}/${keyof L[Landscape] & string}`;
}[keyof L & string];
type RolesOf<L, Name extends string> = Name extends `${infer Landscape extends keyof L & string}/${infer Service}`
  ? Service extends keyof L[Landscape]
    ? GrantableRole<L[Landscape][Service]>
    : never
  : never;
type GrantableRole<Roles> = {
  [Value in keyof Roles & string]: Roles[Value] extends { readonly retired: true } ? never : Value;
}[keyof Roles & string];

/**
 * Defines a landscape in TypeScript. A call to a service that does not exist, or of a role that the API does not expose or
 * has retired, is a compile error.
 *
 * @throws LandscapeError for mistakes that types cannot express, for example an impossible date
 */
export function defineLandscape<const R extends AppRolesByService, const E extends Elsewhere = Record<never, never>>(
  services: Typed<R, E>,
  elsewhere?: E,
): LandscapeDefinition {
  const { apis, landscapes = {} } = elsewhere ?? {};
  const others = Object.keys(landscapes);
  const definition = parseLandscape({ services, ...(apis ? { apis } : {}) }, "the landscape");
  const problems = callsOf(definition).flatMap(([caller, api, call]) => {
    const [landscape = "", service = ""] = api.split("/");
    if (!api.includes("/") || !others.includes(landscape)) return [];
    return problemsOfRoles(`services.${caller}.calls.${api}`, api, landscapes[landscape]?.[service], call.roles);
  });
  if (problems.length > 0) throw new LandscapeError("the landscape", problems);
  return definition;
}

/** All problems of a landscape, each with its place. */
export class LandscapeError extends ProblemsError {}

/**
 * Checks a landscape in untyped data, for example from a file.
 *
 * @param source the name of the data in errors, for example `landscape.yaml`
 * @throws LandscapeError
 */
export function parseLandscape(data: unknown, source: string): LandscapeDefinition {
  const checked = check(landscape, data);
  if (!("data" in checked)) throw new LandscapeError(source, checked.problems);
  const definition = checked.data;
  const problems = [
    ...callsOf(definition).flatMap(([caller, api, call]) => problemsOf(definition, caller, api, call)),
    ...Object.entries(definition.services).flatMap(([service, { appRoles, allowedCallers = {} }]) =>
      Object.entries(allowedCallers).flatMap(([caller, roles]) =>
        problemsOfRoles(`services.${service}.allowedCallers.${caller}`, service, appRoles, roles),
      ),
    ),
    ...Object.keys(definition.apis ?? {}).flatMap((api) =>
      api in definition.services ? [`apis.${api}: "${api}" is already the name of a service; choose another name`] : [],
    ),
    ...alike(Object.entries(definition.apis ?? {}), ([, { clientId }]) => clientId.toLowerCase()).map(
      ([[api], [other]]) =>
        `apis.${api} and apis.${other} have the same clientId; keep one of them, with the roles of both`,
    ),
    // Entra documents no answer to roles that differ only in case, and a reviewer could not tell them apart.
    ...Object.entries(definition.services).flatMap(([service, { appRoles }]) =>
      alike(Object.keys(appRoles), (role) => role.toLowerCase()).map(
        ([role, other]) =>
          `services.${service}.appRoles: "${role}" and "${other}" differ only in case; rename one of them`,
      ),
    ),
    ...sharedNames(definition),
    ...exceededLimits(definition),
  ];
  if (problems.length > 0) throw new LandscapeError(source, problems);
  return definition;
}

/** Every call of a landscape. */
export const callsOf = ({ services }: LandscapeDefinition): [caller: string, api: string, call: Call][] =>
  Object.entries(services).flatMap(([caller, { calls = {} }]) =>
    Object.entries(calls).map(([api, call]): [string, string, Call] => [caller, api, call]),
  );

function problemsOf({ services, apis = {} }: LandscapeDefinition, caller: string, api: string, call: Call): string[] {
  const where = `services.${caller}.calls.${api}`;
  if (api === caller) return [`${where}: a service does not call itself through Entra; remove the call`];
  // The roles of another landscape are known only when its stack is deployed.
  if (api.includes("/")) {
    return qualifiedName.accepts(api)
      ? []
      : [`${where}: allowed for a service of another landscape: ${qualifiedName.allowed}`];
  }
  const existing = apis[api];
  const roles = existing ? Object.fromEntries(existing.appRoles.map((role) => [role, {}])) : services[api]?.appRoles;
  if (roles === undefined) {
    return [
      `${where}: there is no service "${api}"; the services are ${list([...Object.keys(services), ...Object.keys(apis)])}`,
    ];
  }
  return problemsOfRoles(where, api, roles, call.roles);
}

function problemsOfRoles(
  where: string,
  api: string,
  exposed: Readonly<Record<string, { readonly retired?: true }>> | undefined,
  roles: readonly string[],
): string[] {
  if (exposed === undefined) return [`${where}: there is no service "${api}"`];
  const names = Object.keys(exposed);
  return roles.flatMap((role, index) => {
    if (roles.indexOf(role) !== index) return [`${where}.roles[${index}]: "${role}" is named twice`];
    if (exposed[role]?.retired)
      return [`${where}.roles[${index}]: "${role}" of "${api}" is retired; remove it from the call`];
    if (names.includes(role)) return [];
    return [
      `${where}.roles[${index}]: "${api}" has no app role "${role}"; ${
        names.length > 0 ? `its roles are ${list(names)}` : "it exposes no roles, so it cannot be called"
      }`,
    ];
  });
}

const landscape = z.strictObject({
  services: z.record(
    matching(serviceName),
    z.strictObject({
      description: prose(limits.description),
      appRoles: z.record(
        matching(appRoleValue),
        z.strictObject({
          description: prose(limits.description),
          displayName: prose(limits.displayName).optional(),
          retired: z.literal(true).optional(),
        }),
      ),
      calls: z
        .record(
          z.string(),
          z.strictObject({
            roles: z.array(z.string()).min(1),
            because: prose(limits.reason),
            until: matching(isoDate).optional(),
            requests: z.array(z.string().min(1)).optional(),
          }),
        )
        .optional(),
      allowedCallers: z.record(matching(qualifiedName), z.array(z.string()).min(1)).optional(),
    }),
  ),
  apis: z
    .record(matching(serviceName), z.strictObject({ clientId: guid(), appRoles: z.array(z.string().min(1)).min(1) }))
    .optional(),
});

const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");
