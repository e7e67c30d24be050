import { existsSync, readdirSync, readFileSync } from "node:fs";

/** The parts of a deployment that are processes of their own. */
export type Part = "engine" | "program" | "providers" | "other";

/** A process that this one has started, directly or not. */
export interface StartedProcess {
  readonly pid: number;
  readonly part: Part;
  /** The most memory that it has held so far, MB. */
  readonly megabytes: number;
  /** Its processor time so far, seconds. */
  readonly processorSeconds: number;
}

/** Linux counts processor time in hundredths of a second, whatever its clock. */
const ticksPerSecond = 100;

/** Whether {@link startedProcesses} finds any: on Linux only. */
export const canSeeProcesses = (): boolean => existsSync("/proc/self/stat");

/** The processes of a deployment that run now. */
export function startedProcesses(): StartedProcess[] {
  const parents = new Map<number, number>();
  const found: StartedProcess[] = [];
  for (const pid of readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1] ?? "";
      parents.set(pid, Number(field("PPid")));
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      // The name, which may contain spaces, is in brackets. Fields 14 and 15 are the processor time of the process.
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
      const processorSeconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
      const megabytes = Number(field("VmHWM")) / 1024;
      found.push({ pid, part: partOf(field("Name"), command), megabytes, processorSeconds });
    } catch {
      // The process has ended in the meantime.
    }
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === process.pid || isOurs(parent));
  };
  return found.filter(({ pid }) => isOurs(pid));
}

function partOf(name: string, command: string): Part {
  if (name === "pulumi") return "engine";
  if (/@pulumi\/pulumi\/cmd\/run\b/.test(command)) return "program";
  return /pulumi-resource-|azureNative\/main/.test(command) ? "providers" : "other";
}
