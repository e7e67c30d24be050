import { z } from "zod";

export const faultEndpoints = ["entra", "graph", "resourceManager", "keyVault", "managedIdentity"] as const;
/** A part of the local Azure. */
export type FaultEndpoint = (typeof faultEndpoints)[number];

/**
 * - `throttled`: 429 with `Retry-After`, nothing was done
 * - `internalError`: 500, nothing was done
 * - `unavailable`: 503, nothing was done
 * - `slow`: the answer is delayed
 * - `dropped`: the connection is closed, nothing was done
 * - `answerLost`: the connection is closed after the request was executed
 */
export const faultKinds = ["throttled", "internalError", "unavailable", "slow", "dropped", "answerLost"] as const;
export type FaultKind = (typeof faultKinds)[number];

const fault = z.strictObject({
  /** Default: all. */
  endpoint: z.enum(faultEndpoints).optional(),
  /** For example `POST`. Default: all. */
  method: z.string().optional(),
  /** Text that the path contains, for example `/appRoleAssignedTo`. Default: every path. */
  path: z.string().min(1).optional(),
  kind: z.enum(faultKinds),
  /** The probability for each request: more than 0, at most 1. Default 1. */
  probability: z.number().gt(0).max(1).default(1),
  /** The first affected request, counted from 1 among all requests that match. Default 1. */
  from: z.int().min(1).default(1),
  /** The maximum number of affected requests. Default: no limit. */
  times: z.int().min(1).optional(),
  /** `Retry-After` in whole seconds, or the delay of a slow answer. Default 1. */
  seconds: z.number().min(0).max(600).default(1),
});
export type Fault = z.output<typeof fault>;

const seconds = z.number().min(0).max(600).optional();

/**
 * How long the directory takes until Graph shows a write. A request for an object that the answering replica does not
 * have yet is answered with 404, whatever its method; lists leave the object out.
 */
const replication = z.strictObject({
  /** A new application: 404; a service principal for it: 400 `NoBackingApplicationObject`. Default: `replicationSeconds`. */
  applicationSeconds: seconds,
  /** A new service principal: 404, for assignments to it or of its roles too. Default: `replicationSeconds`. */
  servicePrincipalSeconds: seconds,
  /** A new assignment: reads do not show it, but a second request to create it conflicts with it. Default: `replicationSeconds`. */
  appRoleAssignmentSeconds: seconds,
  /** A new password or key: missing in `passwordCredentials` and `keyCredentials`. Default: `replicationSeconds`. */
  credentialSeconds: seconds,
  /** A new federated credential: 404. Default: `replicationSeconds`. */
  federatedCredentialSeconds: seconds,
  /**
   * A change of an application's roles, until its service principal has it too. A new role can be read at the
   * application, but its assignment is refused: "Permission being assigned was not found on application". Default 0.
   */
  roleOnPrincipalSeconds: seconds,
  /** A deleted object, which is still shown. Default 0. */
  removedSeconds: seconds,
});

/** The delay until the token endpoint sees a write. */
const tokenReplication = z.strictObject({
  /** A new application or service principal: AADSTS700016 or 7000229. Default 0. */
  clientSeconds: seconds,
  /** A new password (AADSTS7000215) or key (700027). Default 0. */
  credentialSeconds: seconds,
  /** A new or changed federated credential: AADSTS700211, 700212 or 700213. Default 0. */
  federatedCredentialSeconds: seconds,
  /** A new grant: the token lacks the role, or is refused with AADSTS501051 where the API requires an assignment. Default 0. */
  grantSeconds: seconds,
  /** Revocations: new tokens still contain removed grants, and deleted credentials still work. Default 0. */
  revocationSeconds: seconds,
});

/** Sets of values by name. Values in the plan itself override its preset. */
const presets = {
  /**
   * Entra in 2026 for an app-only deployer. Users report that a new secret was refused for 4 to 18 s (microsoft-graph-docs
   * issue 17966), which corresponds to four replicas and a lag of 18 s. Microsoft documents "several minutes" for federated
   * credentials, and no figure for grants; both use the figure of secrets. Graph shows a new object after 2 s, and a change
   * after 1.5 s: with these values, the real azuread provider 6.9.1 fails as its users report (issues 1802, 1811, 1896).
   */
  "entra-2026": {
    replicas: 4,
    replicationSeconds: 2,
    staleReadSeconds: 1.5,
    shuffledLists: true,
    replication: { roleOnPrincipalSeconds: 2, removedSeconds: 2 },
    tokenReplication: {
      clientSeconds: 2,
      credentialSeconds: 18,
      federatedCredentialSeconds: 18,
      grantSeconds: 18,
      revocationSeconds: 18,
    },
  },
} as const;

export const faultPlan = z.strictObject({
  /** Values for everything that the plan does not set. Default: none. */
  preset: z.enum(Object.keys(presets) as (keyof typeof presets)[]).optional(),
  /** Selects the affected requests: the same seed selects the same ones. Default 1. */
  seed: z.int().default(1),
  faults: z.array(fault).default([]),
  /**
   * How many replicas of the directory answer. Replica k of n lags behind by k/n of each of the lags below. The seed decides
   * which replica answers a request. With one, an object stays invisible for the whole lag; with several it appears, and may
   * be missing again in the next answer. Default 1.
   */
  replicas: z.int().min(1).max(16).optional(),
  /** How long new objects are not found, unless `replication` has a value for their kind. Default 0. */
  replicationSeconds: seconds,
  /** How long reads show the state before a PATCH, or before a change of owners. Default 0. */
  staleReadSeconds: seconds,
  /** Whether the seed decides the order of lists, instead of the time of creation. Default: no. */
  shuffledLists: z.boolean().optional(),
  replication: replication.optional(),
  tokenReplication: tokenReplication.optional(),
  /** How long Key Vault takes to delete or recover a secret. Until then the secret is neither available nor deleted. Default 0. */
  secretOperationSeconds: seconds,
  /** The lifetime of access tokens. Default: as in Entra, 60 to 90 minutes, and a day for managed identities. */
  tokenLifetimeSeconds: z.int().min(1).max(86_400).optional(),
  /** How far the local Azure's clock is ahead of the clients'; behind when negative. Default 0. */
  clockSkewSeconds: z.number().min(-86_400).max(86_400).optional(),
});

export type FaultPlan = z.input<typeof faultPlan>;

/** A plan with all defaults filled in. */
export interface FaultSettings {
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly replicas: number;
  readonly staleReadSeconds: number;
  readonly shuffledLists: boolean;
  readonly replication: Readonly<Record<keyof z.output<typeof replication>, number>>;
  readonly tokenReplication: Readonly<Record<keyof z.output<typeof tokenReplication>, number>>;
  readonly secretOperationSeconds: number;
  readonly tokenLifetimeSeconds: number | undefined;
  readonly clockSkewSeconds: number;
}

/** @throws z.ZodError when the plan is impossible */
export function settingsOf(given: FaultPlan): FaultSettings {
  const { preset, seed, faults, tokenLifetimeSeconds, clockSkewSeconds = 0, ...own } = faultPlan.parse(given);
  const base: Partial<typeof own> = preset === undefined ? {} : presets[preset];
  const merged = { ...base, ...own };
  const { replicas = 1, replicationSeconds = 0, staleReadSeconds = 0, shuffledLists = false } = merged;
  return {
    seed,
    faults,
    replicas,
    staleReadSeconds,
    shuffledLists,
    replication: {
      applicationSeconds: replicationSeconds,
      servicePrincipalSeconds: replicationSeconds,
      appRoleAssignmentSeconds: replicationSeconds,
      credentialSeconds: replicationSeconds,
      federatedCredentialSeconds: replicationSeconds,
      roleOnPrincipalSeconds: 0,
      removedSeconds: 0,
      ...base.replication,
      ...own.replication,
    },
    tokenReplication: {
      clientSeconds: 0,
      credentialSeconds: 0,
      federatedCredentialSeconds: 0,
      grantSeconds: 0,
      revocationSeconds: 0,
      ...base.tokenReplication,
      ...own.tokenReplication,
    },
    secretOperationSeconds: merged.secretOperationSeconds ?? 0,
    tokenLifetimeSeconds,
    clockSkewSeconds,
  };
}
