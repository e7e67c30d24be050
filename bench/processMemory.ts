import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Peak memory in MB; 0 if the system does not report it. */
export interface PeakMemory {
  /** The Pulumi CLI, which contains the engine. */
  readonly engine: number;
  /** The process that runs the Pulumi program. */
  readonly program: number;
}

/**
 * The peak memory of the engine and the program of a deployment: of the processes that this one starts during the deployment, directly or
 * indirectly. Linux reports it only for running processes, so it is read every half second.
 */
export async function peakMemoryOf(work: () => Promise<unknown>): Promise<PeakMemory> {
  const peak = { engine: 0, program: 0 };
  const sample = () => {
    for (const { name, command, megabytes } of descendants()) {
      if (name === "pulumi") peak.engine = Math.max(peak.engine, megabytes);
      else if (/@pulumi\/pulumi\/cmd\/run/.test(command)) peak.program = Math.max(peak.program, megabytes);
    }
  };
  const timer = existsSync("/proc/self/status") ? setInterval(sample, 500) : undefined;
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return peak;
}

interface Process {
  readonly name: string;
  readonly command: string;
  readonly megabytes: number;
}

function descendants(): Process[] {
  const parents = new Map<number, number>();
  const found = new Map<number, Process>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const status = readFileSync(`/proc/${entry}/status`, "utf8");
      const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1] ?? "";
      parents.set(Number(entry), Number(field("PPid")));
      const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ");
      found.set(Number(entry), { name: field("Name"), command, megabytes: Number(field("VmHWM")) / 1024 });
    } catch {
      // The process has ended in the meantime.
    }
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === process.pid || isOurs(parent));
  };
  return [...found].filter(([pid]) => isOurs(pid)).map(([, one]) => one);
}
