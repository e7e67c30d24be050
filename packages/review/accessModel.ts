import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { credentialsIn } from "./access/credentials";
import { Directory } from "./access/directory";
import { callsIn } from "./access/grants";
import { declaredRoles } from "./access/offeredRoles";
import { readersIn } from "./access/readers";
import { type Right, rightsIn } from "./access/rights";
import { type UnknownAccess, Unknowns } from "./access/unknowns";
import { settingsIn } from "./settings";

/** An app role that a service's API offers. */
export interface OfferedRole {
  readonly api: string;
  readonly role: string;
  /** People and groups can be given it too. Default false. */
  readonly forPeople?: true;
}

/** What one service may do at another: an app role assignment, with the admin consent that it is. */
export interface Grant {
  readonly caller: string;
  readonly api: string;
  readonly role: string;
  /** Why, if a reason was given. */
  readonly because?: string;
  /** The last day of the need, `2027-03-31`. */
  readonly until?: string;
  /** What the caller asks the API, as in `GET /users/{id}`, if that was said. */
  readonly requests?: readonly string[];
  /** It stays in Azure when the stack no longer wants it. Default false. */
  readonly kept?: true;
}

export interface VaultReader {
  readonly vault: string;
  readonly reader: string;
  /** As in `get` for secrets, `keys/get` for anything else, or the name of an Azure role. */
  readonly permissions: readonly string[];
}

export interface ServiceCredential {
  readonly service: string;
  readonly kind: "secret" | "certificate" | "federated";
  /** The resource's name: tells a service's credentials apart. */
  readonly name: string;
  /** The day on which it ends; none when it has no end, or before a deployment has told. */
  readonly ends?: string;
  /** Of a federated one: the issuer, and whose tokens it takes. */
  readonly trusts?: string;
  /** Of a certificate: the beginning of a digest of it, to tell it from another. */
  readonly key?: string;
}

/** Who may do what, in names that two evaluations have in common. */
export interface AccessModel {
  readonly services: readonly string[];
  /** Managed identities: the workloads. */
  readonly identities: readonly string[];
  readonly roles: readonly OfferedRole[];
  readonly grants: readonly Grant[];
  /** What registrations ask for (API access), consented to or not. */
  readonly requests: readonly Pick<Grant, "caller" | "api" | "role">[];
  readonly readers: readonly VaultReader[];
  readonly credentials: readonly ServiceCredential[];
  /** What somebody may do beside calling APIs and reading vaults. */
  readonly rights: readonly Right[];
  /** What access depends on and cannot be told. */
  readonly unknowns: readonly UnknownAccess[];
  /** The stack's settings by key, as texts. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The access that resources give, whether components made them or somebody wrote them by hand. */
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
    roles: sorted(
      declared.map(({ api, value, memberTypes }) => ({
        api: api.name,
        role: value,
        ...(memberTypes.includes("User") ? { forPeople: true as const } : {}),
      })),
    ),
    grants: sorted(grants),
    requests: sorted(requests),
    readers: sorted(readers),
    credentials: sorted(credentials),
    rights: sorted(rights),
    unknowns: sorted(unknowns.all),
    settings: settingsIn(resources),
  };
}

const sorted = <T>(rows: readonly T[]): T[] => {
  const keyed = rows.map((row) => ({ row, key: JSON.stringify(row) }));
  return keyed.sort((one, other) => (one.key < other.key ? -1 : 1)).map(({ row }) => row);
};
