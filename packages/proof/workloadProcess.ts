import path from "node:path";
import { ScriptProcess } from "@microservice-identities/engine/scriptProcess";
import { ProofObstructed } from "./obstacles";
import type { ProofOptions } from "./proofOptions";
import type { ProofReport } from "./report";
import type { WorkloadMessage } from "./workload";

/** What has been done of the proof, and how much memory it takes. */
export type ProofProgress = (done: number, total: number, megabytes?: number) => void;

/**
 * Runs the proof in a process of its own, as the services run.
 *
 * @param environment of that process: where its managed identities are, and which certificates it trusts
 * @throws ProofObstructed when it cannot look from where it runs; Error when the proof could not be carried out
 */
export async function proveInWorkload(
  options: ProofOptions,
  environment: NodeJS.ProcessEnv,
  onProgress: ProofProgress | undefined,
): Promise<Omit<ProofReport, "credentials">> {
  const workload = new ScriptProcess<WorkloadMessage>(path.join(__dirname, "workload.ts"), { env: environment });
  workload.send(options);
  for (;;) {
    const message = await workload.next();
    if (message.kind === "report") return message.report;
    if (message.kind === "obstructed") throw new ProofObstructed(message.obstacles);
    if (message.kind === "failure") throw new Error(`the proof could not be carried out: ${message.message}`);
    onProgress?.(message.done, message.total, message.megabytes);
  }
}
