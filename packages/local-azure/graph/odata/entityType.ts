import { badRequest } from "../graphError";

export type Row = Readonly<Record<string, unknown>>;

/** What a query can name of the rows of a list. */
export interface EntityType {
  /** As in `application`. */
  readonly name: string;
  readonly properties: readonly string[];
  /** Those of type Edm.Guid: a filter compares them with ids without quotes. */
  readonly guids?: readonly string[];
}

/** @throws GraphError for a property that the type does not have */
export function checkProperty({ name, properties }: EntityType, property: string): void {
  if (properties.includes(property) || property.startsWith("@odata.")) return;
  throw badRequest(`Could not find a property named '${property}' on type 'microsoft.graph.${name}'.`, "BadRequest");
}
