import { type EvaluatedResource, stackOf } from "@microservice-identities/engine/evaluation/evaluatedResource";

/**
 * The resources of the stacks that are production, as the setting `production` of each says. A name is not a statement: a stack
 * `products-dev` is not production, and one that is may be called `live`.
 */
export function inProduction(resources: readonly EvaluatedResource[]): EvaluatedResource[] {
  const stacks = new Set(resources.filter(isProductive).map((resource) => stackOf([resource])));
  return resources.filter((resource) => stacks.has(stackOf([resource])));
}

/** The component has the setting among its inputs and outputs: it is in the state, and a policy pack sees it. */
const isProductive = ({ type, properties }: EvaluatedResource): boolean =>
  type === "microservice-identities:index:Landscape" && properties.production === true;
