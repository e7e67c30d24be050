import { canSeeProcesses, startedProcesses } from "./processes";

/** Peak memory in MB; 0 if the system does not report it. */
export interface PeakMemory {
  /** The Pulumi CLI, which contains the engine. */
  readonly engine: number;
  /** The process that runs the program. */
  readonly program: number;
}

/**
 * The peak memory of the engine and the program of a deployment: of the processes that this one starts during the deployment, directly or
 * indirectly. Linux reports it only for running processes, so it is read every half second.
 */
export async function peakMemoryOf(work: () => Promise<unknown>): Promise<PeakMemory> {
  const peak = { engine: 0, program: 0 };
  const sample = () => {
    for (const { part, megabytes } of startedProcesses())
      if (part === "engine" || part === "program") peak[part] = Math.max(peak[part], megabytes);
  };
  const timer = canSeeProcesses() ? setInterval(sample, 500) : undefined;
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return peak;
}
