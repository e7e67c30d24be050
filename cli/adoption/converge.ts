import { setTimeout as delay } from "node:timers/promises";
import {
  DeploymentError,
  type DeploymentOptions,
  type DeploymentResult,
  type Stack,
} from "@microservice-identities/engine/deployment/stack";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { describeTakeOver, findLeftovers } from "./leftovers";
import type { TenantEditor } from "./tenant";

export interface ConvergeOptions extends DeploymentOptions {
  /** The resources that the stack declares, from an offline evaluation. */
  readonly wanted: readonly EvaluatedResource[];
  readonly tenant: TenantEditor;
  /** How long to wait after the first deployment that failed; twice as long after the second, and so on. Default 2. */
  readonly pauseSeconds?: number;
  /** Receives a line for each action between two deployments. */
  readonly onNote?: (line: string) => void;
}

/** The maximum number of rounds: a deployment that still fails after them does not fail because of Entra's eventual consistency. */
const mostRounds = 8;

/** Refusals that no further round can change: the quota of the identity that creates objects, and an Azure Policy. */
const finalRefusal = /\b(Directory_QuotaExceeded|RequestDisallowedByPolicy)\b/;

/**
 * Deploys until the stack is as declared. After a failed deployment, it takes over or removes the resources that a deployment
 * created without recording them, recovers deleted vaults and groups, and deploys the stack again.
 *
 * @throws DeploymentError of the last round, if it failed and no unrecorded or deleted resource explains the failure
 */
export async function converge(stack: Stack, options: ConvergeOptions): Promise<DeploymentResult> {
  const { wanted, tenant, onNote = () => {}, pauseSeconds = 2, ...deployment } = options;
  for (let round = 1, before = ""; ; round++) {
    // After a failure the state may list entries that do not exist: the later of two writes to one list may have dropped the earlier.
    const ended = await stack
      .up({ ...deployment, continueOnError: true, refresh: round > 1 })
      .catch((error: unknown) => {
        if (error instanceof DeploymentError) return error;
        throw error;
      });
    // Entra may not show the latest writes yet.
    if (ended instanceof DeploymentError) await delay(pauseSeconds * 1000 * round);
    const state = await stack.resources();
    let leftovers = await findLeftovers(wanted, state, tenant);
    const { recover } = leftovers;
    for (const { what, recover: carryOut } of recover) {
      onNote(`recovers ${what}`);
      await carryOut();
    }
    // Recovered resources may be missing in the state.
    if (recover.length > 0) leftovers = await findLeftovers(wanted, state, tenant);
    const { takeOver, remove } = leftovers;
    for (const existing of takeOver) onNote(`takes over ${describeTakeOver(existing)}`);
    if (takeOver.length > 0) await stack.takeOver(takeOver);
    for (const { what, remove: carryOut } of remove) {
      onNote(`removes ${what}`);
      await carryOut();
    }
    const isSettled = recover.length === 0 && takeOver.length === 0 && remove.length === 0;
    if (!(ended instanceof DeploymentError)) {
      if (isSettled && (round === 1 || isQuiet(ended))) return ended;
    } else {
      const isStuck = isSettled && (ended.message === before || finalRefusal.test(ended.message));
      if (isStuck || round === mostRounds) throw ended;
      before = ended.message;
    }
    onNote(`deploys again, round ${round + 1}`);
  }
}

/** Whether a deployment had nothing to change. */
const isQuiet = ({ operations: { create, replace, delete: deleted } }: DeploymentResult): boolean =>
  create + replace + deleted === 0;
