import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import { ownObjects } from "@microservice-identities/test-support/ownObjects";

/** The result of one deployment, in a form that does not depend on the engine. */
export interface Outcome {
  /** The resource that failed, and the kind of failure. */
  readonly failed?: string;
  /** The resources in the state, in alphabetical order. */
  readonly state: readonly string[];
  /** The numbers of objects in Entra, without the deployer. */
  readonly entra: Readonly<Record<string, number>>;
}

/** The results of the step under its faults, and of the same step again without faults. */
export interface Outcomes {
  readonly underFaults: Outcome;
  readonly repeated: Outcome;
}

export function outcomeOf(azure: LocalAzure, state: readonly string[], failed: Failure | undefined): Outcome {
  const { applications, principals, assignments, passwords } = ownObjects(azure);
  const items = (list: (application: (typeof applications)[number]) => readonly unknown[]) =>
    applications.flatMap(list).length;
  return {
    ...(failed === undefined ? {} : { failed: `${failed.resource}: ${kindOf(failed.message)}` }),
    state: [...state].sort(),
    entra: {
      applications: applications.length,
      appRoles: items(({ appRoles }) => appRoles),
      servicePrincipals: principals.length,
      identifierUris: items(({ identifierUris }) => identifierUris),
      apiAccesses: items(({ properties }) => (properties.requiredResourceAccess as unknown[] | undefined) ?? []),
      assignments: assignments.length,
      passwords: passwords.length,
      federatedCredentials: items(({ federatedIdentityCredentials }) => federatedIdentityCredentials),
      temporaryNames: applications.filter(({ displayName }) => displayName.startsWith("TERRAFORM_UPDATE_")).length,
    },
  };
}

export interface Failure {
  readonly resource: string;
  readonly message: string;
}

/** Error hooks and people decide only by these kinds what to do next. */
const kinds: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ["its own result could not be read", /expected non-nil error with nil state/],
  ["exists already", /already exists|needs? to be imported|importing a resource is needed/],
  ["a role is not there yet", /Permission being assigned was not found on application/],
  ["the resource's principal is not there yet", /Service principal not found for resource/],
  ["not found", /\b404\b|No password credential found|could not identify existing/],
  ["no answer", /EOF|connection ended|connection reset|socket hang up|HTTP response was nil/],
  ["500", /\b500\b/],
  ["503", /\b503\b/],
  ["429", /\b429\b/],
];

const kindOf = (message: string): string => kinds.find(([, pattern]) => pattern.test(message))?.[0] ?? message;
