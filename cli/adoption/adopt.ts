import { isDeepStrictEqual } from "node:util";
import { type EvaluatedResource, kindOf, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { type Match, searchTenant } from "./search";
import type { TenantReader } from "./tenant";

/** An entry of the file that `pulumi import --file` reads. */
export interface ImportEntry {
  readonly type: string;
  /** Tells the entry apart from every other: others name their parent by it. */
  readonly name: string;
  readonly logicalName: string;
  readonly id?: string;
  readonly component?: true;
  readonly parent?: string;
}

export interface Adoption {
  readonly resources: readonly ImportEntry[];
  /** What the deployment after the import would change of existing resources, for a person. */
  readonly changes: readonly string[];
  /** What exists beside the landscape, and stays. */
  readonly leftovers: readonly string[];
}

export interface AdoptionOptions {
  /** The client id of an application that has another name than `{service}-{stack}`, by the service. */
  readonly applications?: Readonly<Record<string, string>>;
}

/**
 * Finds what a stack wants among what exists, as what people made by hand.
 *
 * @param wanted the stack's resources by an offline evaluation
 * @throws AdoptionError when it is not clear what is meant
 */
export async function adopt(
  wanted: readonly EvaluatedResource[],
  tenant: TenantReader,
  { applications = {} }: AdoptionOptions = {},
): Promise<Adoption> {
  const matches = await searchTenant(wanted, tenant, applications);
  return {
    resources: importEntries(wanted, matches),
    changes: matches.flatMap(differences),
    leftovers: matches.flatMap(({ found }) => found.leftovers ?? []),
  };
}

/** The resources that were found, behind the components that they are part of. */
function importEntries(wanted: readonly EvaluatedResource[], matches: readonly Match[]): ImportEntry[] {
  const byUrn = new Map(wanted.map((resource) => [resource.urn, resource]));
  const components = new Map<string, EvaluatedResource>();
  for (const { resource } of matches)
    for (let at = byUrn.get(resource.parent); at && at.type !== "pulumi:pulumi:Stack"; at = byUrn.get(at.parent))
      components.set(at.urn, at);
  const entryOf = (resource: EvaluatedResource): ImportEntry => {
    const component = components.get(resource.parent);
    return {
      type: resource.type,
      name: entryName(resource),
      logicalName: nameOf(resource.urn),
      ...(component ? { parent: entryName(component) } : {}),
    };
  };
  return [
    ...[...components.values()].map((component) => ({ ...entryOf(component), component: true as const })),
    ...matches.map(({ resource, found }) => ({ ...entryOf(resource), id: found.id })),
  ];
}

const entryName = (resource: EvaluatedResource): string => `${kindOf(resource)} ${nameOf(resource.urn)}`;

/** Only where both have an opinion: what the provider makes of an absent value is its own affair. */
function differences({ resource, found: { properties = {} }, wanted }: Match): string[] {
  return Object.entries(properties).flatMap(([property, value]) =>
    isDeepStrictEqual(value, wanted[property])
      ? []
      : [`${entryName(resource)}: ${property} ${JSON.stringify(value)} → ${JSON.stringify(wanted[property])}`],
  );
}
