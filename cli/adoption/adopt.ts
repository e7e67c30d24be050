import { isDeepStrictEqual } from "node:util";
import type { StateResource } from "@microservice-identities/engine/deployment/stack";
import { type EvaluatedResource, kindOf, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { type Found, Search, type SearchOptions, searchOrder } from "./search";
import type { TenantReader } from "./tenant";

type Json = Record<string, unknown>;

/** An entry of the file that `pulumi import --file` reads. */
export interface ImportEntry {
  readonly type: string;
  /** Unique in the file: other entries refer to their parent by it. */
  readonly name: string;
  readonly logicalName: string;
  readonly id?: string;
  readonly component?: true;
  readonly parent?: string;
}

export interface Adoption {
  readonly resources: readonly ImportEntry[];
  /** The URNs of parents that are already in the state, by the names that entries use for them. */
  readonly nameTable: Readonly<Record<string, string>>;
  /** The changes that the deployment after the import would make to existing resources, for people. */
  readonly changes: readonly string[];
  /** Existing objects that are not part of the landscape. They are left alone. */
  readonly leftovers: readonly string[];
}

export interface AdoptOptions extends SearchOptions {
  /** The resources in the stack's state, which are not adopted again. Default: none. */
  readonly state?: readonly StateResource[];
}

/**
 * Finds resources of a stack that already exist and are not in its state.
 *
 * @param wanted the stack's resources from an offline evaluation
 * @throws AdoptionError if more than one existing resource matches, or an option names an application that does not exist
 */
export async function adopt(
  wanted: readonly EvaluatedResource[],
  tenant: TenantReader,
  { state = [], ...options }: AdoptOptions = {},
): Promise<Adoption> {
  const search = new Search(wanted, tenant, options);
  const inState = new Map(state.map((resource) => [resource.urn, resource]));
  for (const resource of wanted) {
    const known = inState.get(resource.urn);
    if (known) search.know(resource, known);
  }
  const found: { readonly resource: EvaluatedResource; readonly at: Found }[] = [];
  const changes: string[] = [];
  for (const kind of searchOrder) {
    for (const resource of wanted.filter((each) => kindOf(each) === kind)) {
      const known = inState.get(resource.urn);
      if (known) {
        if (kind === "Application") await search.remember(known.id);
        continue;
      }
      const at = await search.find(kind, resource);
      if (!at) continue;
      found.push({ resource, at });
      changes.push(
        ...differences(resource, at.properties ?? {}, at.wanted ?? (search.known(resource.properties) as Json)),
      );
    }
  }
  const byUrn = new Map(wanted.map((resource) => [resource.urn, resource]));
  const components = new Map<string, EvaluatedResource>();
  for (const { resource } of found)
    for (let at = byUrn.get(resource.parent); at && at.type !== "pulumi:pulumi:Stack"; at = byUrn.get(at.parent))
      components.set(at.urn, at);
  const parentOf = ({ parent }: EvaluatedResource) => {
    const component = components.get(parent);
    return component ? { parent: entryName(component) } : {};
  };
  return {
    nameTable: Object.fromEntries(
      [...components.values()].filter(({ urn }) => inState.has(urn)).map((each) => [entryName(each), each.urn]),
    ),
    resources: [
      ...[...components.values()]
        .filter(({ urn }) => !inState.has(urn))
        .map((component) => ({
          type: component.type,
          name: entryName(component),
          logicalName: nameOf(component.urn),
          component: true as const,
          ...parentOf(component),
        })),
      ...found.map(({ resource, at }) => ({
        type: resource.type,
        name: entryName(resource),
        logicalName: nameOf(resource.urn),
        id: at.id,
        ...parentOf(resource),
      })),
    ],
    changes,
    leftovers: found.flatMap(({ at }) => at.leftovers ?? []),
  };
}

const entryName = (resource: EvaluatedResource): string => `${kindOf(resource)} ${nameOf(resource.urn)}`;

/** Compares only properties that both have: the provider chooses the values of absent ones. */
function differences(resource: EvaluatedResource, actual: Json, wanted: Json): string[] {
  return Object.entries(actual).flatMap(([property, value]) =>
    isDeepStrictEqual(value, wanted[property])
      ? []
      : [`${entryName(resource)}: ${property} ${JSON.stringify(value)} → ${asText(wanted[property])}`],
  );
}

const asText = (value: unknown): string => (value === undefined ? "removed" : JSON.stringify(value));
