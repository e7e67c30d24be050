import { alike } from "../packages/validation/alike";
import { qualifiedName } from "../packages/validation/formats";
import { type Problem, placeOf } from "../packages/validation/problems";
import { shown } from "../packages/validation/shown";
import { didYouMean } from "../packages/validation/similarName";

/** The roles of an API by value; `undefined` if they cannot be read, so nothing can be said about calls of them. */
type Roles = Readonly<Record<string, unknown>> | undefined;

/**
 * What is wrong with the names in a landscape: calls of services and roles that do not exist. It reads whatever has the right
 * shape and ignores the rest, which the landscape's schema reports.
 */
export function contradictionsIn(landscape: unknown): Problem[] {
  const { services, apis } = entriesOf(landscape);
  const known = entriesOf(services);
  const existing = entriesOf(apis);
  const rolesOf = (api: string): Roles =>
    Object.hasOwn(existing, api)
      ? rolesByValue(stringsIn(entriesOf(existing[api]).appRoles))
      : rolesIn(entriesOf(known[api]).appRoles);
  const names = [...Object.keys(known), ...Object.keys(existing)];
  return [
    ...Object.entries(known).flatMap(([caller, service]) =>
      Object.entries(entriesOf(entriesOf(service).calls)).flatMap(([api, call]) => {
        const path = ["services", caller, "calls", api];
        return [
          ...problemsOfApi(path, caller, api, names),
          ...(names.includes(api) && api !== caller
            ? problemsOfRoles(path, api, rolesOf(api), stringsIn(entriesOf(call).roles))
            : []),
        ];
      }),
    ),
    ...Object.entries(known).flatMap(([service, definition]) =>
      Object.entries(entriesOf(entriesOf(definition).allowedCallers)).flatMap(([caller, roles]) =>
        problemsOfRoles(
          ["services", service, "allowedCallers", caller],
          service,
          rolesIn(entriesOf(definition).appRoles),
          stringsIn(roles),
          "",
        ),
      ),
    ),
    ...Object.keys(existing).flatMap((api) =>
      Object.hasOwn(known, api)
        ? [problem(["apis", api], `"${api}" is already the name of a service; choose another name`)]
        : [],
    ),
    ...alike(clientIdsOf(existing), ([, clientId]) => clientId.toLowerCase()).map(([[api], [other]]) => ({
      path: ["apis", api],
      text: `apis.${api} and apis.${other} have the same clientId; keep one of them, with the roles of both`,
    })),
    // Entra documents no answer to roles that differ only in case, and a reviewer could not tell them apart.
    ...Object.entries(known).flatMap(([service, definition]) =>
      alike(Object.keys(entriesOf(entriesOf(definition).appRoles)), (role) => role.toLowerCase()).map(
        ([role, other]) => ({
          path: ["services", service, "appRoles", role],
          text: `services.${service}.appRoles: "${role}" and "${other}" differ only in case; rename one of them`,
        }),
      ),
    ),
  ];
}

function problemsOfApi(path: readonly string[], caller: string, api: string, names: readonly string[]): Problem[] {
  if (api === caller) return [problem(path, "a service does not call itself through Entra; remove the call")];
  // The roles of another landscape are known only when its stack is deployed.
  if (api.includes("/")) {
    const isAccepted = qualifiedName.accepts(api);
    return isAccepted
      ? []
      : [problem(path, `${shown(api)} is not a service of another landscape; allowed: ${qualifiedName.allowed}`)];
  }
  // A reserved name is reported by the schema.
  if (names.includes(api) || api in {}) return [];
  return [problem(path, `there is no service ${shown(api)}.${didYouMean(api, names)} The services are ${list(names)}`)];
}

/**
 * @param path of the call, or of the list of roles
 * @param key of the list of roles in the call
 */
export function problemsOfRoles(
  path: readonly string[],
  api: string,
  exposed: Roles,
  roles: readonly string[],
  key: "roles" | "" = "roles",
): Problem[] {
  if (exposed === undefined) return [];
  const names = Object.keys(exposed);
  return roles.flatMap((role, index) => {
    const at = [...path, ...(key ? [key] : []), index];
    if (roles.indexOf(role) !== index) return [problem(at, `${shown(role)} is named twice; remove one of the two`)];
    if (names.includes(role)) {
      const { retired } = entriesOf(exposed[role]);
      return retired === true ? [problem(at, `"${role}" of "${api}" is retired; remove it from the call`)] : [];
    }
    const rest =
      names.length > 0 ? `Its roles are ${list(names)}` : "It exposes no roles, so it cannot be called: remove this";
    return [problem(at, `"${api}" has no app role ${shown(role)}.${didYouMean(role, names)} ${rest}`)];
  });
}

const problem = (path: readonly PropertyKey[], text: string): Problem => ({ path, text: `${placeOf(path)}: ${text}` });

const clientIdsOf = (apis: Readonly<Record<string, unknown>>): [api: string, clientId: string][] =>
  Object.entries(apis).flatMap(([api, definition]): [string, string][] => {
    const { clientId } = entriesOf(definition);
    return typeof clientId === "string" ? [[api, clientId]] : [];
  });

const entriesOf = (value: unknown): Readonly<Record<string, unknown>> => rolesIn(value) ?? {};

const stringsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];

const rolesByValue = (values: readonly string[]): Roles => Object.fromEntries(values.map((value) => [value, {}]));

const rolesIn = (value: unknown): Roles =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;

/** At most 20 names: a landscape can have a thousand services. */
const list = (names: readonly string[]): string => {
  const first = names.slice(0, 20).map((name) => `"${name}"`);
  return names.length > 20 ? `${first.join(", ")} and ${names.length - 20} more` : first.join(", ");
};
