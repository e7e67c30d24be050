import { type EvaluatedResource, isUnknown } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { normalizedId } from "@microservice-identities/well-known/ids";

/** Finds the resource that a property refers to; `undefined` if it is not one of these, or unknown. */
export type Reference = (
  resource: EvaluatedResource,
  property: string,
  value?: unknown,
) => EvaluatedResource | undefined;

/**
 * Resolves references by the property's value, if it is known. Before a deployment it is unknown: then the resource that the
 * value will come from counts, if there is only one. A known value that matches none of the resources refers to something
 * outside the stack, whatever it depends on.
 *
 * @param keysOf the ids that a resource is referred to by
 */
export function referencesTo(
  candidates: readonly EvaluatedResource[],
  keysOf: (candidate: EvaluatedResource) => readonly unknown[],
): Reference {
  const byKey = new Map<string, EvaluatedResource>();
  const byUrn = new Map<string, EvaluatedResource>();
  const keyless = new Set<string>();
  for (const candidate of candidates) {
    const keys = keysOf(candidate).filter(isKnown);
    if (keys.length === 0) keyless.add(candidate.urn);
    for (const key of keys) byKey.set(normalizedId(key), candidate);
    byUrn.set(candidate.urn, candidate);
  }
  return (resource, property, value = resource.properties[property]) => {
    const known = isKnown(value);
    if (known) {
      const found = byKey.get(normalizedId(value));
      if (found) return found;
    }
    // A policy pack does not see the ids of azure-native's resources: a value that is known may be the id of one.
    const from = (resource.dependencies?.[property] ?? []).filter(
      (urn) => byUrn.has(urn) && (!known || keyless.has(urn)),
    );
    return from.length === 1 ? byUrn.get(from[0] as string) : undefined;
  };
}

/** Whether a value can be compared. */
export const isKnown = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== "" && !isUnknown(value);
