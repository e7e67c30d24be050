import { type Format, identityName, resourceGroupName, text } from "../packages/validation/formats";
import { limits } from "../packages/validation/limits";
import { type Problem, placeOf } from "../packages/validation/problems";
import type { LandscapeDefinition } from "./landscapeDefinition";

/**
 * Templates of names, for example `id-{service}-{environment}-weu`. Each contains text and the placeholders `{landscape}`,
 * `{environment}` (the stack) and, apart from the resource group's, `{service}`.
 * https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/resource-naming
 */
export interface NameTemplates {
  /** Default `rg-{landscape}-{environment}`. Fixed once the stack is deployed. */
  readonly resourceGroup?: string;
  /** For managed identities. Default `id-{service}-{environment}`. Fixed once the stack is deployed. */
  readonly identity?: string;
  /** For registrations. Default `{service}-{environment}`. */
  readonly registration?: string;
  /** For vaults. A hyphen and six random characters are added to the result. Default `{service}`. Fixed once the stack is deployed. */
  readonly vault?: string;
}

export const defaultNames: Required<NameTemplates> = {
  resourceGroup: "rg-{landscape}-{environment}",
  identity: "id-{service}-{environment}",
  registration: "{service}-{environment}",
  vault: "{service}",
};

/** The format of a template. Only the template for the resource group, which all services share, needs no `{service}`. */
export const nameTemplate = (of: keyof NameTemplates): Format<string> => {
  const known = of === "resourceGroup" ? ["landscape", "environment"] : ["landscape", "environment", "service"];
  return {
    accepts: (template) =>
      [...template.matchAll(/\{([^}]*)\}?/g)].every(([, name = ""]) => known.includes(name)) &&
      (of === "resourceGroup" || template.includes("{service}")),
    allowed: `text with the placeholders ${known.map((name) => `{${name}}`).join(", ")}${of === "resourceGroup" ? "" : ", of which {service} is needed"}, for example ${defaultNames[of]}`,
  };
};

/** The name that a template produces. */
export const nameBy = (
  template: string,
  values: { readonly landscape: string; readonly environment: string; readonly service?: string },
): string =>
  template.replaceAll(/\{(landscape|environment|service)\}/g, (_, key: keyof typeof values) => values[key] ?? "");

/** The name of a managed identity in Azure by the default template. */
export const identityNameOf = (service: string, environment: string): string =>
  nameBy(defaultNames.identity, { landscape: "", environment, service });

/** The Pulumi name of the resource that generates the id of an app role. */
export const roleIdNameOf = (service: string, role: string): string => `${service}-${role}-id`;

/** The Pulumi name of a grant, which is also its key in `Landscape.grants`. */
export const grantNameOf = (caller: string, api: string): string => `${caller}-calls-${api}`;

/** A call in the outputs of a stack and in messages, for example `orders → finance/ledger`. */
export const callName = (caller: string, api: string): string => `${caller} → ${api}`;

/** The Pulumi name of the assignment of one role. */
export const assignmentNameOf = (grant: string, role: string): string => `${grant}-${role}`;

/**
 * What is wrong with the names that a stack's resources would have in Azure and Entra. Each is made of parts that are valid
 * by themselves; it is checked as a whole, before anything is created.
 *
 * @param environment the name of the stack
 */
export function problemsOfNames(
  landscape: string,
  environment: string,
  services: readonly string[],
  templates: NameTemplates = {},
): string[] {
  const { resourceGroup, identity, registration } = { ...defaultNames, ...templates };
  const named = (template: string, service?: string) => nameBy(template, { landscape, environment, service });
  return impossibleNames([
    ["the resource group", named(resourceGroup), resourceGroupName],
    ...services.flatMap((service): PlannedName[] => [
      [`the managed identity of ${service}`, named(identity, service), identityName],
      [`the registration of ${service}`, named(registration, service), text(limits.displayName)],
    ]),
  ]);
}

/** A name that a resource is going to have. */
export type PlannedName = readonly [what: string, name: string, format: Format<string>];

/** What is wrong with each of the names. */
export const impossibleNames = (names: readonly PlannedName[]): string[] =>
  names.flatMap(([what, name, { accepts, allowed }]) =>
    accepts(name) ? [] : [`${what} would be called "${name}"; allowed: ${allowed}`],
  );

/**
 * Pairs of places in a landscape whose resources would have the same Pulumi name: names are joined by a hyphen, which they
 * may also contain. Pulumi would stop in the middle of the deployment, at the second resource.
 */
export function sharedNames({ services }: LandscapeDefinition): Problem[] {
  const places = new Map<string, string>();
  return Object.entries(services).flatMap(([service, { appRoles, calls = {} }]) => {
    const named: [kind: string, name: string, path: readonly string[], place: string][] = [
      ...Object.keys(appRoles).map((role): [string, string, string[], string] => {
        const path = ["services", service, "appRoles", role];
        return ["app role", roleIdNameOf(service, role), path, placeOf(path)];
      }),
      ...Object.entries(calls).flatMap(([api, { roles }]): [string, string, string[], string][] => {
        const path = ["services", service, "calls", api];
        const place = placeOf(path);
        const grant = grantNameOf(service, api);
        return [
          ["grant", grant, path, place],
          // Another check reports a role that is listed twice.
          ...[...new Set(roles)].map((role): [string, string, string[], string] => [
            "assignment",
            assignmentNameOf(grant, role),
            path,
            `${place}.roles: "${role}"`,
          ]),
        ];
      }),
    ];
    return named.flatMap(([kind, name, path, place]) => {
      const key = `${kind} ${name}`;
      const other = places.get(key);
      if (other === undefined) places.set(key, place);
      return other === undefined
        ? []
        : [
            {
              path,
              text: `${place} and ${other} would both become the resource "${name}"; choose another name for one of them`,
            },
          ];
    });
  });
}
