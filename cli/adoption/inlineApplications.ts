import { z } from "zod";

type Json = Record<string, unknown>;

const resourceOfState = z.looseObject({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
});
type ResourceOfState = z.output<typeof resourceOfState>;

/** As `pulumi stack export` writes it. */
export const exportedStack = z.looseObject({
  version: z.number(),
  deployment: z.looseObject({ resources: z.array(resourceOfState) }),
});
export type ExportedStack = z.output<typeof exportedStack>;

const granular = "azuread:index/applicationRegistration:ApplicationRegistration";
const role = "azuread:index/applicationAppRole:ApplicationAppRole";
const inline = "azuread:index/application:Application";

export const granularRegistrations = ({ deployment }: ExportedStack): readonly ResourceOfState[] =>
  deployment.resources.filter(({ type }) => type === granular);

/**
 * Replaces each `ApplicationRegistration` and its `ApplicationAppRole`s in a state by one `Application` with the roles inline. Both
 * have the id of the same object in Entra. Everything else stays the same, including the encrypted secrets. The next refresh
 * completes the properties of the applications.
 */
export function withInlineApplications(stack: ExportedStack): ExportedStack {
  const { resources } = stack.deployment;
  const registrations = granularRegistrations(stack);
  const renamed = new Map(registrations.map(({ urn }) => [urn, urn.replace(granular, inline)]));
  // Dependencies on a role become dependencies on its application.
  for (const { urn, type, inputs } of resources) {
    const owner = type === role ? registrations.find(({ id }) => id === inputs?.applicationId) : undefined;
    if (owner) renamed.set(urn, owner.urn.replace(granular, inline));
  }
  const orphan = resources.find(({ urn, type }) => type === role && !renamed.has(urn));
  if (orphan) throw new Error(`${orphan.urn} belongs to no registration of this state; remove it first`);
  return {
    ...stack,
    deployment: {
      ...stack.deployment,
      resources: resources
        .filter(({ type }) => type !== role)
        .map((resource) => referring(resource.type === granular ? inlined(resource, resources) : resource, renamed)),
    },
  };
}

function inlined(registration: ResourceOfState, resources: readonly ResourceOfState[]): ResourceOfState {
  const { requestedAccessTokenVersion, ...inputs } = registration.inputs ?? {};
  const appRoles = resources
    .filter(({ type, inputs: of }) => type === role && of?.applicationId === registration.id)
    .map(({ inputs: of = {} }) => ({
      id: of.roleId,
      value: of.value,
      displayName: of.displayName,
      description: of.description,
      allowedMemberTypes: of.allowedMemberTypes,
    }));
  const changed = { ...inputs, api: { requestedAccessTokenVersion }, appRoles };
  const { clientId, objectId = registration.id?.split("/").at(-1) } = registration.outputs ?? {};
  return { ...registration, type: inline, inputs: changed, outputs: { ...changed, clientId, objectId } };
}

/** Replaces the old URNs in references between resources. Inputs and outputs contain no URNs. */
function referring(
  { inputs, outputs, ...resource }: ResourceOfState,
  renamed: ReadonlyMap<string, string>,
): ResourceOfState {
  const known = <T>(value: T): T => replaced(value, renamed) as T;
  return { ...(known(resource) as ResourceOfState), ...(inputs ? { inputs } : {}), ...(outputs ? { outputs } : {}) };
}

function replaced(value: unknown, renamed: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return renamed.get(value) ?? value;
  if (Array.isArray(value)) return [...new Set(value.map((each) => replaced(each, renamed)))];
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value as Json).map(([key, each]) => [key, replaced(each, renamed)]));
}
