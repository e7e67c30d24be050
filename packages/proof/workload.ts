import { ProofObstructed } from "./obstacles";
import type { ProofOptions } from "./proofOptions";
import { prove } from "./prove";
import type { ProofReport } from "./report";

/** What the process that starts the proof is told. */
export type WorkloadMessage =
  | { readonly kind: "progress"; readonly done: number; readonly total: number; readonly megabytes: number }
  | { readonly kind: "report"; readonly report: Omit<ProofReport, "credentials"> }
  | { readonly kind: "obstructed"; readonly obstacles: readonly string[] }
  | { readonly kind: "failure"; readonly message: string };

const send = (message: WorkloadMessage) => process.send?.(message);
/** The last message. What is still on its way when the channel is closed would be lost, as a large report was. */
const end = (message: WorkloadMessage) => process.send?.(message, undefined, {}, () => process.exit());

// The place where the services run: it gets its task from the process that started it, and answers to that.
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
