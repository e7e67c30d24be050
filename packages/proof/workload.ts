import { ProofObstructed } from "./obstacles";
import type { ProofOptions } from "./proofOptions";
import { prove } from "./prove";
import type { ProofReport } from "./report";

/** The messages to the process that starts the proof. */
export type WorkloadMessage =
  | { readonly kind: "progress"; readonly done: number; readonly total: number; readonly megabytes: number }
  | { readonly kind: "report"; readonly report: Omit<ProofReport, "credentials"> }
  | { readonly kind: "obstructed"; readonly obstacles: readonly string[] }
  | { readonly kind: "failure"; readonly message: string };

const send = (message: WorkloadMessage) => process.send?.(message);
/** Sends the last message and waits for it: closing the channel earlier would lose a large report. */
const end = (message: WorkloadMessage) => process.send?.(message, undefined, {}, () => process.exit());

// The process of the services: it receives its task from the process that started it, and answers to it.
process.once("message", (options: ProofOptions) => {
  prove({
    ...options,
    onProgress: (done, total) =>
      send({ kind: "progress", done, total, megabytes: process.memoryUsage.rss() / 2 ** 20 }),
  }).then(
    (report) => end({ kind: "report", report }),
    (error: Error) =>
      end(
        error instanceof ProofObstructed
          ? { kind: "obstructed", obstacles: error.obstacles }
          : { kind: "failure", message: error.stack ?? error.message },
      ),
  );
});
