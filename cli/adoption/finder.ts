import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { ActualIds } from "./actualIds";
import type { TenantReader } from "./tenant";

export type Json = Record<string, unknown>;

/** An existing resource that the stack wants. */
export interface Found {
  readonly id: string;
  /** What the provider would read of it, as far as the landscape has an opinion. */
  readonly properties?: Json;
  /** What the landscape wants in their place. Default: the resource's own properties. */
  readonly wanted?: Json;
  /** What else becomes known with it, by the resource's property that holds the generated value. */
  readonly learned?: Readonly<Record<string, unknown>>;
  readonly leftovers?: readonly string[];
}

/** Where finders look, and what they found out for those that come after them. */
export interface Search {
  /** The stack's resources by an offline evaluation. */
  readonly wanted: readonly EvaluatedResource[];
  readonly tenant: TenantReader;
  /** The client id of an application that has another name than `{service}-{stack}`, by the service. */
  readonly applications: Readonly<Record<string, string>>;
  readonly ids: ActualIds;
  /** The applications that were found, by their resource id. */
  readonly foundApplications: Map<string, Json>;
}

/**
 * Finds the existing resource of one type.
 *
 * @param wanted the resource's properties, with the ids that are known
 */
export type Finder = (search: Search, wanted: Json, resource: EvaluatedResource) => Promise<Found | undefined>;

/** A mistake that the user of the adoption can put right. */
export class AdoptionError extends Error {}
