import {
  type EvaluatedResource,
  isUnknown,
  nameOf,
  whyUnknown,
} from "@microservice-identities/engine/evaluation/evaluatedResource";
import { deployer } from "@microservice-identities/engine/evaluation/syntheticOutputs";
import { normalizedId } from "@microservice-identities/well-known/ids";
import { microsoftApiIds, microsoftApiNamed } from "@microservice-identities/well-known/microsoftApis";
import { lookOf, mixesScripts } from "../look";
import { isKnown, type Reference, referencesTo } from "../references";
import { ofType, typeOf } from "../resourceType";

/** The holder of access, or the API that it is for. */
export interface Party {
  /** Unique among all resources: two with the same name also get the names of their resources. */
  readonly name: string;
  /** The resource, if the stack creates it. */
  readonly resource?: EvaluatedResource;
  /** The client id of an application that the stack does not create. */
  readonly clientId?: string;
  /** Why the identity is unknown. */
  readonly unknown?: string;
}

/** Several resources that have the same name for people. */
export interface SharedName {
  readonly name: string;
  readonly resources: readonly EvaluatedResource[];
}

export const applicationTypes = [
  "azuread:Application",
  "azuread:ApplicationRegistration",
  "azuread:ApplicationFromTemplate",
] as const;

/** All identities that the resources create, each with a unique name. */
export class Directory {
  readonly applications: readonly EvaluatedResource[];
  readonly servicePrincipals: readonly EvaluatedResource[];
  readonly identities: readonly EvaluatedResource[];
  readonly groups: readonly EvaluatedResource[];
  readonly sharedNames: readonly SharedName[];
  /** The application that a property refers to by its resource id. */
  readonly applicationAt: Reference;
  private readonly registrationAt: Reference;
  private readonly principalAt: Reference;
  private readonly names: ReadonlyMap<string, string>;

  constructor(resources: readonly EvaluatedResource[]) {
    this.applications = ofType(resources, ...applicationTypes);
    this.servicePrincipals = ofType(resources, "azuread:ServicePrincipal");
    this.identities = ofType(resources, "azure-native:managedidentity:UserAssignedIdentity");
    this.groups = ofType(resources, "azuread:Group", "azuread:GroupWithoutMembers");
    const others = [...this.groups, ...ofType(resources, "azuread:User")];
    const parties = [...this.applications, ...this.identities, ...others];
    this.sharedNames = sharedNamesOf(parties);
    this.names = uniqueNames(parties, this.sharedNames);
    this.applicationAt = referencesTo(this.applications, ({ id, properties: { objectId } }) => [
      id,
      objectId,
      ...(isKnown(objectId) ? [`/applications/${objectId}`] : []),
    ]);
    this.registrationAt = referencesTo(this.applications, ({ properties }) => [properties.clientId]);
    this.principalAt = referencesTo([...this.servicePrincipals, ...this.identities, ...others], (party) => [
      party.properties.objectId,
      ...(typeOf(party).endsWith(":UserAssignedIdentity") ? [party.properties.principalId] : [party.id]),
    ]);
  }

  /** The name of a resource that is an identity. */
  nameOf(party: EvaluatedResource): string {
    return this.names.get(party.urn) ?? nameOf(party.urn);
  }

  /** The application that a part of a registration belongs to, by the application's resource id. */
  service(resource: EvaluatedResource, property = "applicationId"): Party {
    const application = this.applicationAt(resource, property);
    return application ? this.known(application) : unresolved(resource.properties[property]);
  }

  /** The application that a property names by its client id: one of these, Microsoft's, or another. */
  application(resource: EvaluatedResource, property: string, value: unknown = resource.properties[property]): Party {
    const application = this.registrationAt(resource, property, value);
    if (application) return this.known(application);
    if (!isKnown(value)) return unresolved(value);
    return { name: microsoftApiNamed(value) ?? `${value}`, clientId: normalizedId(value) };
  }

  /** The service principal, managed identity, group or user that a property names by its object id. */
  principal(resource: EvaluatedResource, property: string, value: unknown = resource.properties[property]): Party {
    const found = this.principalAt(resource, property, value);
    if (!found) return unresolved(value);
    return typeOf(found) === "azuread:ServicePrincipal" ? this.application(found, "clientId") : this.known(found);
  }

  private known(resource: EvaluatedResource): Party {
    return { name: this.nameOf(resource), resource };
  }
}

/** A service principal by its resource id or its object id. */
export const servicePrincipalReferences = (principals: readonly EvaluatedResource[]): Reference =>
  referencesTo(principals, ({ id, properties: { objectId } }) => [
    id,
    objectId,
    ...(isKnown(objectId) ? [`/servicePrincipals/${objectId}`] : []),
  ]);

const unresolved = (value: unknown): Party => {
  if (value === deployer.objectId) return { name: "the deployer" };
  if (isKnown(value)) return { name: `${value}` };
  const why = isUnknown(value) ? whyUnknown(value) : "is not given";
  return { name: `somebody who is not known (${why})`, unknown: why };
};

/** The name that people see in the portals of Entra and Azure. */
function visibleName({ urn, properties }: EvaluatedResource): string {
  const name = [properties.displayName, properties.resourceName, properties.name].find(isKnown);
  return name === undefined ? nameOf(urn) : `${name}`;
}

function sharedNamesOf(parties: readonly EvaluatedResource[]): SharedName[] {
  const byName = new Map<string, EvaluatedResource[]>();
  for (const party of parties) {
    const name = lookOf(visibleName(party));
    byName.set(name, [...(byName.get(name) ?? []), party]);
  }
  return [...byName.values()]
    .filter(([first, ...others]) => first && (others.length > 0 || isImitation(visibleName(first))))
    .map((resources) => ({ name: visibleName(resources[0] as EvaluatedResource), resources }));
}

const microsoftNames = new Set([...microsoftApiIds.keys()].map(lookOf));
const isImitation = (name: string): boolean => microsoftNames.has(lookOf(name)) || mixesScripts(name);

function uniqueNames(
  parties: readonly EvaluatedResource[],
  shared: readonly SharedName[],
): ReadonlyMap<string, string> {
  const ambiguous = new Set(shared.flatMap(({ resources }) => resources.map(({ urn }) => urn)));
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const party of parties) {
    const name = visibleName(party);
    const told = ambiguous.has(party.urn) ? `${name} (${nameOf(party.urn)})` : name;
    const unique = taken.has(told) ? `${name} (${party.urn})` : told;
    taken.add(unique);
    names.set(party.urn, unique);
  }
  return names;
}
