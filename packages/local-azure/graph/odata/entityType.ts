import { badRequest } from "../graphError";

export type Row = Readonly<Record<string, unknown>>;

/** The properties of a list's rows that a query can use. */
export interface EntityType {
  /** For example `application`. */
  readonly name: string;
  readonly properties: readonly string[];
  /** Properties of type Edm.Guid, which a filter compares with ids without quotes. */
  readonly guids?: readonly string[];
}

/** @throws GraphError for a property that the type does not have */
export function checkProperty({ name, properties }: EntityType, property: string): void {
  if (properties.includes(property) || property.startsWith("@odata.")) return;
  throw badRequest(`Could not find a property named '${property}' on type 'microsoft.graph.${name}'.`, "BadRequest");
}
