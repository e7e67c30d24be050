import type { FaultKind, FaultPlan } from "@microservice-identities/local-azure/faults";
import type { Step } from "./resources";

/** One deployment of a stack under faults. */
export interface DifferentialPlan {
  readonly name: string;
  readonly step: Step;
  readonly faults: FaultPlan;
}

const lag = 3;
const always: readonly (readonly [name: string, faults: FaultPlan])[] = [
  ["no faults", {}],
  ["reads are stale", { staleReadSeconds: lag }],
  ["deletions are late", { replication: { removedSeconds: lag } }],
  ["lists are shuffled", { shuffledLists: true }],
];
/** Faults that affect only a step that creates objects. */
const ofNewObjects: typeof always = [
  ["new objects of every kind are late", { replicationSeconds: lag }],
  ["new applications are late", { replication: { applicationSeconds: lag } }],
  ["new service principals are late", { replication: { servicePrincipalSeconds: lag } }],
  ["new assignments are late", { replication: { appRoleAssignmentSeconds: lag } }],
  ["new passwords are late", { replication: { credentialSeconds: lag } }],
  ["new federated credentials are late", { replication: { federatedCredentialSeconds: lag } }],
  ["a role is late on its service principal", { replication: { roleOnPrincipalSeconds: lag } }],
];

/** The writing requests, each with the step that sends it. */
const writes: readonly (readonly [step: Step, method: string, path: string])[] = [
  ["create", "POST", "/v1.0/applications"],
  ["create", "PATCH", "/v1.0/applications/"],
  ["create", "POST", "/v1.0/servicePrincipals"],
  ["create", "PATCH", "/v1.0/servicePrincipals/"],
  ["create", "POST", "/appRoleAssignedTo"],
  ["create", "POST", "/addPassword"],
  ["create", "POST", "/federatedIdentityCredentials"],
  ["change", "PATCH", "/v1.0/applications/"],
  ["change", "PATCH", "/v1.0/servicePrincipals/"],
  ["change", "PATCH", "/federatedIdentityCredentials/"],
  ["change", "DELETE", "/appRoleAssignedTo/"],
  ["change", "POST", "/removePassword"],
  ["destroy", "PATCH", "/v1.0/applications/"],
  ["destroy", "DELETE", "/v1.0/applications/"],
  ["destroy", "DELETE", "/v1.0/servicePrincipals/"],
];
const kinds: readonly FaultKind[] = ["throttled", "internalError", "unavailable", "dropped", "answerLost"];

/** Each delay in each step, and each kind of failure once for each writing request. */
export const differentialPlans: readonly DifferentialPlan[] = [
  ...(["create", "change", "destroy"] as const).flatMap((step) =>
    [...always, ...(step === "create" ? ofNewObjects : [])].map(([name, faults]) => ({
      name: `${step}: ${name}`,
      step,
      faults,
    })),
  ),
  ...writes.flatMap(([step, method, path]) =>
    kinds.map((kind) => ({
      name: `${step}: the first ${method} …${path} is ${kind}`,
      step,
      faults: { faults: [{ endpoint: "graph" as const, method, path, kind, times: 1 }] },
    })),
  ),
];
