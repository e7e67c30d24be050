import path from "node:path";
import { z } from "zod";
import { appRoleValue, isoDate, qualifiedName, serviceName } from "../packages/validation/formats";
import { limits } from "../packages/validation/limits";
import { check, ProblemsError, placeOf, type Source } from "../packages/validation/problems";
import { guid, matching, prose } from "../packages/validation/schemas";
import { didYouMean } from "../packages/validation/similarName";
import type { AppRole } from "./appRegistration";
import { contradictionsIn, problemsOfRoles } from "./landscapeContradictions";
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
  /** The requests that the caller sends to Microsoft Graph, for example `GET /users/{id}`. With them, the review reports roles that are wider than needed. Default: none are listed. */
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
  const source = definedIn();
  const definition = parseLandscape({ services, ...(apis ? { apis } : {}) }, source);
  const problems = callsOf(definition).flatMap(([caller, api, call]) => {
    const [landscape = "", service = ""] = api.split("/");
    if (!api.includes("/") || !others.includes(landscape)) return [];
    const place = ["services", caller, "calls", api];
    const known = Object.keys(landscapes[landscape] ?? {});
    if (known.includes(service)) return problemsOfRoles(place, api, landscapes[landscape]?.[service], call.roles);
    const text = `there is no service "${api}".${didYouMean(service, known)} The services of ${landscape} are ${known.join(", ")}`;
    return [{ path: place, text: `${placeOf(place)}: ${text}` }];
  });
  if (problems.length > 0) throw new LandscapeError(source, problems);
  return definition;
}

/** Which landscape it is, for messages: a program can define several. */
function definedIn(): string {
  const frames = new Error().stack?.split("\n") ?? [];
  const caller = frames.map((frame) => /([^\s()]+\.[cm]?[jt]s):\d+:\d+\)?$/.exec(frame)?.[1]);
  const file = caller.find((each) => each !== undefined && each !== __filename);
  return file === undefined ? "the landscape" : `the landscape in ${path.relative(process.cwd(), file)}`;
}

/** All problems of a landscape, each with its place. */
export class LandscapeError extends ProblemsError {}

/**
 * Checks a landscape in untyped data, for example from a file.
 *
 * @param source the name of the data in errors, for example `landscape.yaml`
 * @throws LandscapeError
 */
export function parseLandscape(data: unknown, source: Source | string): LandscapeDefinition {
  const checked = check(landscape, data);
  const shape = "data" in checked ? [] : checked.problems;
  // A mistake in one service does not hide those in the others.
  const problems = [...shape, ...contradictionsIn(data)];
  // These two count and compare, so they need the whole landscape.
  if ("data" in checked) problems.push(...sharedNames(checked.data), ...exceededLimits(checked.data));
  if (problems.length > 0 || !("data" in checked)) throw new LandscapeError(source, problems);
  return checked.data;
}

/** Every call of a landscape. */
export const callsOf = ({ services }: LandscapeDefinition): [caller: string, api: string, call: Call][] =>
  Object.entries(services).flatMap(([caller, { calls = {} }]) =>
    Object.entries(calls).map(([api, call]): [string, string, Call] => [caller, api, call]),
  );

const roleList = (what: string) => {
  const error = `a list of at least one ${what}, for example ["Orders.Read"]`;
  return z.array(z.string({ error: "text" }).min(1, { error: "text that is not empty" }), { error }).min(1, { error });
};

const service = z.strictObject(
  {
    description: prose(limits.description),
    appRoles: z.record(
      matching(appRoleValue),
      z.strictObject(
        {
          description: prose(limits.description),
          displayName: prose(limits.displayName).optional(),
          retired: z.literal(true, { error: "true; remove the key from a role that is not retired" }).optional(),
        },
        { error: "keys and values: description, and optionally displayName and retired" },
      ),
      { error: "the app roles by value, or {} for a service that nobody calls" },
    ),
    calls: z
      .record(
        z.string(),
        z.strictObject(
          {
            roles: roleList("role"),
            because: prose(limits.reason),
            until: matching(isoDate).optional(),
            requests: z
              .array(z.string().min(1), { error: 'a list of requests, for example ["GET /users/{id}"]' })
              .optional(),
          },
          { error: "keys and values: roles and because, and optionally until and requests" },
        ),
        { error: "the calls by the name of the API" },
      )
      .optional(),
    allowedCallers: z
      .record(matching(qualifiedName), roleList("role"), { error: "lists of roles by the name of the caller" })
      .optional(),
  },
  { error: "keys and values: description and appRoles, and optionally calls and allowedCallers" },
);

const services = "at least one service, by its name";

const landscape = z.strictObject(
  {
    services: z
      .record(matching(serviceName), service, { error: services })
      .refine((given) => Object.keys(given).length > 0, { error: services }),
    apis: z
      .record(
        matching(serviceName),
        z.strictObject(
          { clientId: guid(), appRoles: roleList("role") },
          { error: "keys and values: clientId and appRoles" },
        ),
        { error: "existing APIs by name" },
      )
      .optional(),
  },
  { error: "the key services, with at least one service" },
);
