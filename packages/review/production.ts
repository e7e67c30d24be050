import { type EvaluatedResource, stackOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { digestOf, type Fingerprints, typeIn } from "./resourceChange";

/**
 * The resources of the stacks that are production, as the setting `production` of each says. A name proves nothing: a
 * stack `products-dev` is not production, and a production stack may be called `live`.
 */
export function inProduction(resources: readonly EvaluatedResource[]): EvaluatedResource[] {
  const stacks = productiveStacks(resources);
  return resources.filter((resource) => stacks.has(stackOf([resource])));
}

/** The stacks that are production. */
export const productiveStacks = (resources: readonly EvaluatedResource[]): ReadonlySet<string> =>
  new Set(resources.filter(isProductive).map((resource) => stackOf([resource])));

/** The same for resources of which only digests are known. */
export const productiveStacksIn = (resources: Fingerprints): string[] => [
  ...new Set(
    Object.entries(resources)
      .filter(([urn, { production }]) => typeIn(urn) === landscape && production === digestOf(true))
      .map(([urn]) => stackOf([{ urn }])),
  ),
];

const landscape = "microservice-identities:index:Landscape";

/** The component has the setting among its inputs and outputs: it is in the state, and a policy pack sees it. */
const isProductive = ({ type, properties }: EvaluatedResource): boolean =>
  type === landscape && properties.production === true;
