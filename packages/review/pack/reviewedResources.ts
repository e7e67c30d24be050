import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { PolicyResource } from "@pulumi/policy";

/** What a policy pack is shown of a stack, before a deployment or after it. */
export const reviewedResources = (
  resources: readonly Pick<PolicyResource, "urn" | "type" | "props" | "parent" | "propertyDependencies">[],
): EvaluatedResource[] =>
  resources
    .filter(({ type }) => !type.startsWith("pulumi:"))
    .map(({ urn, type, props, parent, propertyDependencies }) => {
      const properties = known(props) as Record<string, unknown>;
      return {
        urn,
        type,
        // The ids of azure-native's resources are not among what a pack is shown: they are linked by dependencies.
        id: typeof properties.id === "string" ? properties.id : "",
        parent: parent?.urn ?? "",
        properties,
        dependencies: Object.fromEntries(
          Object.entries(propertyDependencies).map(([property, from]) => [property, from.map((each) => each.urn)]),
        ),
      };
    })
    .sort((one, other) => (one.urn < other.urn ? -1 : 1));

/** A copy without what is not known before a deployment: reading that throws. */
function known(value: unknown): unknown {
  if (!(value instanceof Object)) return value;
  const parts = Object.keys(value).map((key) => {
    try {
      return [key, known(value[key as keyof typeof value])] as const;
    } catch (error) {
      if ((error as Error).constructor.name !== "UnknownValueError") throw error;
      return [key, undefined] as const;
    }
  });
  return Array.isArray(value) ? parts.map(([, part]) => part) : Object.fromEntries(parts);
}
