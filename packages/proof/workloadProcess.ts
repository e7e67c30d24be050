import path from "node:path";
import { ScriptProcess } from "@microservice-identities/engine/scriptProcess";
import { ProofObstructed } from "./obstacles";
import type { ProofOptions } from "./proofOptions";
import type { ProofReport } from "./report";
import type { WorkloadMessage } from "./workload";

/** The progress of the proof, and its memory. */
export type ProofProgress = (done: number, total: number, megabytes?: number) => void;

/**
 * Runs the proof in a separate process, as services run.
 *
 * @param environment of that process: the managed identity endpoint, and the trusted certificates
 * @throws ProofObstructed if it cannot run from this host; Error if the proof fails
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
    if (message.kind === "failure") throw new Error(`the proof failed: ${message.message}`);
    onProgress?.(message.done, message.total, message.megabytes);
  }
}
