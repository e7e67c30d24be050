import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { credentialsIn } from "./access/credentials";
import { Directory } from "./access/directory";
import { callsIn } from "./access/grants";
import { declaredRoles } from "./access/offeredRoles";
import { identityGroups, type VaultPlace, vaultPlaces } from "./access/places";
import { readersIn } from "./access/readers";
import { type Right, rightsIn } from "./access/rights";
import { type UnknownAccess, Unknowns } from "./access/unknowns";
import { settingsIn } from "./settings";

/** An app role that a service's API exposes. */
export interface OfferedRole {
  readonly api: string;
  readonly role: string;
  /** People and groups can hold it too. Default false. */
  readonly forPeople?: true;
}

/** A call that one service may make to another: an app role assignment, which is the admin consent. */
export interface Grant {
  readonly caller: string;
  readonly api: string;
  readonly role: string;
  /** The reason, if there is one. */
  readonly because?: string;
  /** The last day of the need, for example `2027-03-31`. */
  readonly until?: string;
  /** The requests that the caller makes, for example `GET /users/{id}`, if they are listed. */
  readonly requests?: readonly string[];
  /** Pulumi keeps it in Azure when it is removed from the stack. Default false. */
  readonly kept?: true;
  /** The program says that the caller's registration does not list it; the API is the stack's own. Default false. */
  readonly unlisted?: true;
}

export interface VaultReader {
  readonly vault: string;
  readonly reader: string;
  /** For example `get` for secrets, `keys/get` for other objects, or the name of an Azure role. */
  readonly permissions: readonly string[];
  /** By an Azure role, and not by an access policy. Default false. */
  readonly byRole?: true;
}

export interface ServiceCredential {
  readonly service: string;
  readonly kind: "secret" | "certificate" | "federated";
  /** The resource's name, which is unique among the service's credentials. */
  readonly name: string;
  /** The day on which it expires; absent if it does not expire, or if the day is unknown before a deployment. */
  readonly ends?: string;
  /** For a federated credential: the issuer and the subject of the accepted tokens. */
  readonly trusts?: string;
  /** For a certificate: the beginning of its digest, which distinguishes it from others. */
  readonly key?: string;
  /** Who has it, if the stack did not create it. Default: only the service. */
  readonly knownTo?: string;
}

/** Who has which access, with names that are the same in two evaluations of one program. */
export interface AccessModel {
  readonly services: readonly string[];
  /** The managed identities, which the workloads run as. */
  readonly identities: readonly string[];
  /** The service that each managed identity belongs to, by the identity: of one component, or by its name `id-{service}`. */
  readonly serviceOfIdentity: Readonly<Record<string, string>>;
  readonly roles: readonly OfferedRole[];
  readonly grants: readonly Grant[];
  /** The API access that registrations request, granted or not. */
  readonly requests: readonly Pick<Grant, "caller" | "api" | "role">[];
  readonly readers: readonly VaultReader[];
  readonly credentials: readonly ServiceCredential[];
  /** A right other than calling an API or reading a vault. */
  readonly rights: readonly Right[];
  /** The groups of people and principals. */
  readonly groups?: readonly string[];
  /** Where the vaults are, and whose secrets are in them; absent in a review that an earlier version saved. */
  readonly vaults?: readonly VaultPlace[];
  /** The resource groups of the managed identities. */
  readonly identityGroups?: Readonly<Record<string, readonly string[]>>;
  /** Unknown values that access depends on. */
  readonly unknowns: readonly UnknownAccess[];
  /** The stack's settings by key, as strings. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The access that resources grant, whether a component or the program itself declares them. */
export function accessModelOf(resources: readonly EvaluatedResource[]): AccessModel {
  const directory = new Directory(resources);
  const unknowns = new Unknowns();
  for (const resource of resources) unknowns.addJudged(resource);
  const declared = declaredRoles(resources, directory);
  const { grants, requests } = callsIn(resources, directory, declared, unknowns);
  const readers = readersIn(resources, directory, unknowns);
  const credentials = credentialsIn(resources, directory, unknowns);
  const rights = rightsIn(resources, directory, unknowns);
  return {
    services: directory.applications.map((application) => directory.nameOf(application)).sort(),
    identities: directory.identities.map((identity) => directory.nameOf(identity)).sort(),
    serviceOfIdentity: servicesOfIdentities(resources, directory),
    roles: sorted(
      declared.map(({ api, value, memberTypes }) => ({
        api: api.name,
        role: value,
        ...(memberTypes.some((type) => `${type}`.toLowerCase() === "user") ? { forPeople: true as const } : {}),
      })),
    ),
    grants: sorted(grants),
    requests: sorted(requests),
    readers: sorted(readers),
    credentials: sorted(credentials),
    rights: sorted(rights),
    groups: directory.groups.map((group) => directory.nameOf(group)).sort(),
    vaults: sorted(vaultPlaces(resources, directory)),
    identityGroups: identityGroups(resources, directory),
    unknowns: sorted(unknowns.all),
    settings: settingsIn(resources),
  };
}

function servicesOfIdentities(resources: readonly EvaluatedResource[], directory: Directory): Record<string, string> {
  const { applications, identities } = directory;
  const nameOf = (party: EvaluatedResource): string => directory.nameOf(party);
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const microserviceOf = ({ parent }: EvaluatedResource): string | undefined => {
    const above = byUrn.get(parent);
    if (!above || above.type === "microservice-identities:index:Microservice") return above?.urn;
    return microserviceOf(above);
  };
  const services = new Map<string, string>();
  const named = new Map<string, string>();
  for (const application of applications) {
    const microservice = microserviceOf(application);
    if (microservice !== undefined) services.set(microservice, nameOf(application));
    named.set(`id-${nameOf(application)}`, nameOf(application));
  }
  return Object.fromEntries(
    identities.flatMap((identity) => {
      const service = services.get(microserviceOf(identity) ?? "") ?? named.get(nameOf(identity));
      return service === undefined ? [] : [[nameOf(identity), service]];
    }),
  );
}

const sorted = <T>(rows: readonly T[]): T[] => {
  const keyed = rows.map((row) => ({ row, key: JSON.stringify(row) }));
  return keyed.sort((one, other) => (one.key < other.key ? -1 : 1)).map(({ row }) => row);
};
