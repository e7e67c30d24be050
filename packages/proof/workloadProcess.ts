import { fork } from "node:child_process";
import path from "node:path";
import type { ProofOptions } from "./prove";
import type { ProofReport } from "./report";
import type { WorkloadMessage } from "./workload";

/** What has been done of the proof, and how much memory it takes. */
export type ProofProgress = (done: number, total: number, megabytes?: number) => void;

/**
 * Runs the proof in a process of its own, as the services run.
 *
 * @param environment of that process: where its managed identities are, and which certificates it trusts
 */
export function proveInWorkload(
  options: ProofOptions,
  environment: NodeJS.ProcessEnv,
  onProgress: ProofProgress | undefined,
): Promise<Omit<ProofReport, "credentials">> {
  const workload = fork(path.join(__dirname, "workload.ts"), [], {
    execArgv: ["--import", "tsx"],
    env: environment,
  });
  return new Promise((resolve, reject) => {
    workload.on("message", (message: WorkloadMessage) => {
      if (message.kind === "progress") onProgress?.(message.done, message.total, message.megabytes);
      else if (message.kind === "report") resolve(message.report);
      else reject(new Error(`the proof could not be carried out: ${message.message}`));
    });
    workload.on("error", reject);
    workload.on("exit", (code, signal) =>
      reject(new Error(`the proof's process ended with ${signal ?? `exit code ${code}`}`)),
    );
    workload.send(options);
  });
}
