import { Phases } from "../phases";
import type { Assumption, Verdict } from "./assumption";
import { cleanUp } from "./cleanUp";
import { Interrupted, Lab, type LabSettings, type Tenancy } from "./lab";
import { Recorder } from "./recorder";
import type { Wire } from "./wire";

export interface Examined extends Verdict {
  readonly id: string;
}

export interface ConformanceRun {
  readonly results: readonly Examined[];
  readonly isInterrupted: boolean;
  /** The objects that could not be deleted. */
  readonly left: readonly string[];
}

export interface Surroundings {
  readonly prefix: string;
  readonly settings: LabSettings;
  readonly tenancy: Tenancy;
  readonly wire: Pick<Wire, "send">;
}

/** Examines assumptions one after the other. It deletes everything that it created, even after an interruption. */
export async function examineAll(
  chosen: readonly Assumption[],
  { prefix, settings, tenancy, wire }: Surroundings,
  recorder: Recorder,
  stop: AbortSignal,
): Promise<ConformanceRun> {
  const { tries, patienceSeconds, quota, location } = settings;
  recorder.placeholders.learn("prefix", prefix, "<prefix>");
  recorder.start({ version: 1, started: new Date().toISOString(), tries, patienceSeconds, quota, location });
  const lab = new Lab(prefix, settings, tenancy, wire, recorder, stop);
  const phases = new Phases();
  const results: Examined[] = [];
  let left: readonly string[] = [];
  try {
    for (const assumption of chosen) {
      if (stop.aborted) break;
      const found = await phases.run(`${assumption.id} ${assumption.sentence}`, (progress, note) =>
        examined(assumption, lab, progress, note),
      );
      if (found === undefined) break;
      recorder.result(assumption.id, found);
      results.push({ id: assumption.id, ...found });
    }
  } finally {
    await phases.run("Deleting what was created", async (progress) => {
      left = await clean({ prefix, settings, tenancy, wire }, lab, progress);
    });
  }
  return { results, isInterrupted: stop.aborted, left };
}

/**
 * Deletes everything with the prefix. It cannot be interrupted, and is not recorded.
 *
 * @returns what could not be deleted, and why
 */
export function clean(
  { prefix, settings, tenancy, wire }: Surroundings,
  made: Pick<Lab, "created" | "identities"> = { created: new Set(), identities: [] },
  progress: (text: string) => void = () => {},
): Promise<readonly string[]> {
  const lab = new Lab(prefix, settings, tenancy, wire, new Recorder(), new AbortController().signal);
  lab.progress = progress;
  return cleanUp(lab, made);
}

/** @returns undefined if the run was interrupted */
async function examined(
  { id, examine }: Assumption,
  lab: Lab,
  progress: (text: string) => void,
  note: (line: string) => void,
): Promise<Verdict | undefined> {
  lab.assumption = id;
  lab.progress = progress;
  try {
    const found = await examine(lab);
    note(`${found.result}: ${found.evidence}`);
    return found;
  } catch (error) {
    if (error instanceof Interrupted) return undefined;
    const evidence = (error as Error).message;
    note(`inconclusive: ${evidence}`);
    return { result: "inconclusive", evidence };
  }
}
