/** A resource as the review sees it, wherever it was read from. */
export interface ReviewedResource {
  readonly urn: string;
  /** As in `azuread:index/applicationPassword:ApplicationPassword`. */
  readonly type: string;
  readonly id: string;
  /** The URN of the component that it is part of; empty for none. */
  readonly parent: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The last part of a URN: the resource's name. */
export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
