/** A resource as the review sees it, wherever it was read from. */
export interface EvaluatedResource {
  readonly urn: string;
  /** As in `azuread:index/applicationPassword:ApplicationPassword`. */
  readonly type: string;
  readonly id: string;
  /** The URN of the component that it is part of; empty for none. */
  readonly parent: string;
  /** What is not known before a deployment is left out. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The URNs of the resources that a property's value was taken from, by the property. */
  readonly dependencies?: Readonly<Record<string, readonly string[]>>;
}

/** The last part of a URN: the resource's name. */
export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

/** As in `AppRoleAssignment`. */
export const kindOf = ({ type }: EvaluatedResource): string => type.split(":").at(-1) as string;

/** The stack that resources are of, or the stacks: `finance-dev, shop-dev`; empty for none. */
export const stackOf = (resources: readonly EvaluatedResource[]): string =>
  [...new Set(resources.map(({ urn }) => urn.split("::")[0]?.split(":")[2] ?? ""))].sort().join(", ");
