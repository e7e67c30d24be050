import { watch } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import type { MeasuredStack } from "./engineStack";
import { canSeeProcesses, type Part, startedProcesses } from "./processes";

/** What uses the processors: the processes of the deployment, and this one, which is the local Azure. */
export type Consumer = Part | "local Azure";

/** What happened in one interval of a deployment. */
export interface Interval {
  /** How long it was: about a second. */
  readonly seconds: number;
  /** Processor time, seconds. */
  readonly processor: Readonly<Record<Consumer, number>>;
  /** To Microsoft Graph. */
  readonly requests: number;
  /** How often the engine wrote the whole state. */
  readonly stateWrites: number;
}

/**
 * Deploys a stack, and looks each second what uses the processors.
 *
 * @throws Error where the system does not tell about processes: it must be Linux
 */
export async function profiled(measured: MeasuredStack, work: () => Promise<unknown>): Promise<readonly Interval[]> {
  if (!canSeeProcesses()) throw new Error("a profile needs Linux: it reads /proc");
  const intervals: Interval[] = [];
  let stateWrites = 0;
  const folder = path.join(measured.stack.folder ?? "", ".pulumi", "stacks");
  const [project = ""] = await readdir(folder);
  // A write puts a complete new file in the place of the old one.
  const watcher = watch(path.join(folder, project), (kind, file) => {
    if (kind === "rename" && /\.json(\.zst)?$/.test(file ?? "")) stateWrites++;
  });
  let before = lookNow();
  let [seenRequests, seenWrites] = [measured.azure.faults.events.length, 0];
  const look = () => {
    const now = lookNow();
    const requests = measured.azure.faults.events.length;
    intervals.push({
      seconds: now.at - before.at,
      processor: usedBetween(before, now),
      requests: requests - seenRequests,
      stateWrites: stateWrites - seenWrites,
    });
    [before, seenRequests, seenWrites] = [now, requests, stateWrites];
  };
  const timer = setInterval(look, 1000);
  try {
    await work();
    look();
  } finally {
    clearInterval(timer);
    watcher.close();
  }
  return intervals;
}

interface Look {
  /** Seconds. */
  readonly at: number;
  readonly processes: ReadonlyMap<number, { readonly part: Part; readonly processorSeconds: number }>;
  readonly own: number;
}

function lookNow(): Look {
  const { user, system } = process.cpuUsage();
  return {
    at: performance.now() / 1000,
    processes: new Map(startedProcesses().map((one) => [one.pid, one])),
    own: (user + system) / 1e6,
  };
}

function usedBetween(before: Look, now: Look): Record<Consumer, number> {
  const used: Record<Consumer, number> = {
    engine: 0,
    program: 0,
    providers: 0,
    other: 0,
    "local Azure": now.own - before.own,
  };
  for (const [pid, { part, processorSeconds }] of now.processes)
    used[part] += Math.max(0, processorSeconds - (before.processes.get(pid)?.processorSeconds ?? 0));
  return used;
}
