import { counted } from "@microservice-identities/validation/counted";
import type { IssuedSecret } from "../../components/rotation";

/** The results of some days of deployments and calls. */
export interface Timeline {
  /** The first day, `2026-11-01`. */
  readonly since: string;
  readonly days: {
    readonly date: string;
    /** Whether its deployment created, changed or deleted anything. */
    readonly changed: boolean;
    /** After how many seconds the last replica of Entra accepts a secret that was created on that day. */
    readonly lateSeconds: number;
    readonly calls: number;
    readonly failures: readonly string[];
    /** How often Entra refused a secret, whether the deployment tried it or a service. */
    readonly refusals: number;
    /** The secrets that existed after that day's deployment, by service. */
    readonly issued: Readonly<Record<string, readonly IssuedSecret[]>>;
  }[];
}

/** The life of one secret. */
export interface Bar {
  readonly id: string;
  /** Days from the first. */
  readonly from: number;
  /** The first day on which it no longer existed. */
  to: number;
}

/** The secrets of each service, with the days on which they existed. */
export function barsOf({ days }: Timeline): Map<string, Bar[]> {
  const bars = new Map<string, Bar[]>();
  days.forEach(({ issued }, day) => {
    for (const [service, secrets] of Object.entries(issued)) {
      const own = bars.get(service) ?? [];
      bars.set(service, own);
      for (const { id } of secrets) {
        const known = own.find((bar) => bar.id === id);
        if (known) known.to = day + 1;
        else own.push({ id, from: day, to: day + 1 });
      }
    }
  });
  return bars;
}

/** How often a secret followed another. */
export const rotationsIn = (timeline: Timeline): number =>
  [...barsOf(timeline).values()].reduce((sum, bars) => sum + bars.length - 1, 0);

const rotatesOn = (timeline: Timeline, day: number): boolean =>
  [...barsOf(timeline).values()].flat().some(({ from }) => from === day);

const callsIn = ({ days }: Timeline) => days.reduce((sum, { calls }) => sum + calls, 0);
export const failuresIn = ({ days }: Timeline): string[] =>
  days.flatMap(({ date, failures }) => failures.map((failure) => `${date} ${failure}`));

export function summaryOf(timeline: Timeline): string {
  const changing = timeline.days.filter(({ changed }) => changed).length;
  const refusals = timeline.days.reduce((sum, day) => sum + day.refusals, 0);
  const late = timeline.days.filter((_, day) => day > 0 && rotatesOn(timeline, day)).map((each) => each.lateSeconds);
  const lateness = late.length > 0 ? `, accepted ${Math.min(...late)} to ${Math.max(...late)} s late` : "";
  return `${counted(timeline.days.length, "deployment")}, ${changing} of them with a change, ${counted(rotationsIn(timeline), "rotation")}${lateness}, ${counted(refusals, "refusal")} of new secrets before they were accepted, ${counted(callsIn(timeline), "call")}, ${failuresIn(timeline).length} of them failed.`;
}
