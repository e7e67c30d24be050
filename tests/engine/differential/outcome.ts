import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";

/** How one deployment ended, in words that do not depend on the engine. */
export interface Outcome {
  /** The resource that failed, and how. */
  readonly failed?: string;
  /** The resources in the state, in alphabetical order. */
  readonly state: readonly string[];
  /** What is in Entra, the deployer left out. */
  readonly entra: Readonly<Record<string, number>>;
}

/** The step under its faults, and the same step again without any. */
export interface Outcomes {
  readonly underFaults: Outcome;
  readonly repeated: Outcome;
}

export function outcomeOf(azure: LocalAzure, state: readonly string[], failed: Failure | undefined): Outcome {
  const { tenant } = azure;
  const applications = [...tenant.applications.values()].filter(({ appId }) => appId !== azure.deployer.ARM_CLIENT_ID);
  const principals = [...tenant.servicePrincipals.values()].filter(({ appId }) =>
    applications.some((application) => application.appId === appId),
  );
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return {
    ...(failed === undefined ? {} : { failed: `${failed.resource}: ${kindOf(failed.message)}` }),
    state: [...state].sort(),
    entra: {
      applications: applications.length,
      appRoles: sum(applications.map(({ appRoles }) => appRoles.length)),
      servicePrincipals: principals.length,
      identifierUris: sum(applications.map(({ identifierUris }) => identifierUris.length)),
      apiAccesses: sum(
        applications.map(({ properties }) => (properties.requiredResourceAccess as unknown[] | undefined)?.length ?? 0),
      ),
      assignments: sum(principals.map(({ id }) => tenant.assignmentsOf(id).length)),
      passwords: sum(applications.map(({ passwordCredentials }) => passwordCredentials.length)),
      federatedCredentials: sum(
        applications.map(({ federatedIdentityCredentials }) => federatedIdentityCredentials.length),
      ),
      temporaryNames: applications.filter(({ displayName }) => displayName.startsWith("TERRAFORM_UPDATE_")).length,
    },
  };
}

export interface Failure {
  readonly resource: string;
  readonly message: string;
}

/** What error hooks, or people, do next depends on these differences alone. */
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
