import {
  type EvaluatedResource,
  resourceOptions,
  unknownValue,
} from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { PolicyResource } from "@pulumi/policy";

type Shown = Pick<PolicyResource, "urn" | "type" | "props"> &
  Partial<Pick<PolicyResource, "parent" | "propertyDependencies" | "opts" | "provider">>;

/** The resources that Pulumi shows a policy pack, before or after a deployment. */
export const reviewedResources = (resources: readonly Shown[]): EvaluatedResource[] =>
  resources.map(reviewedResource).sort((one, other) => (one.urn < other.urn ? -1 : 1));

export function reviewedResource({
  urn,
  type,
  props,
  parent,
  propertyDependencies = {},
  opts,
  provider,
}: Shown): EvaluatedResource {
  const properties = known(props) as Record<string, unknown>;
  return {
    urn,
    type,
    // Pulumi does not show a pack the ids of azure-native resources: dependencies link them instead.
    id: typeof properties.id === "string" ? properties.id : "",
    parent: parent?.urn ?? "",
    properties,
    // A pack does not see which properties are secret. All count as secret, so that none is reported as a secret in plain text.
    secrets: Object.keys(properties),
    dependencies: Object.fromEntries(
      Object.entries(propertyDependencies).map(([property, from]) => [property, from.map((each) => each.urn)]),
    ),
    ...(opts ? { options: resourceOptions({ protect: opts.protect, ignoreChanges: opts.ignoreChanges }) } : {}),
    ...(provider === undefined && !isProviders(type) ? { component: true } : {}),
  };
}

/** Only components and providers have no provider, and Azure's packages have no components. */
const isProviders = (type: string): boolean => /^(pulumi:providers:|azuread:|azure-native)/.test(type);

/** A copy in which values that are unknown before a deployment are marked; reading the original would throw. */
function known(value: unknown): unknown {
  if (!(value instanceof Object)) return value;
  const parts = Object.keys(value).map((key) => {
    try {
      return [key, known(value[key as keyof typeof value])] as const;
    } catch (error) {
      if ((error as Error).constructor.name !== "UnknownValueError") throw error;
      return [key, unknownValue("is known only after the deployment")] as const;
    }
  });
  return Array.isArray(value) ? parts.map(([, part]) => part) : Object.fromEntries(parts);
}
