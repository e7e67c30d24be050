import type { Lab } from "./lab";

/** What a run found out about an assumption. */
export interface Verdict {
  readonly result: "confirmed" | "refuted" | "not found out";
  /** What was seen, in a sentence. */
  readonly evidence: string;
}

/** Something that this project takes for true about Azure without a source that settles it. */
export interface Assumption {
  /** Stable: `C-01`. Numbers are never used again. */
  readonly id: string;
  /** What is assumed, as a sentence. */
  readonly sentence: string;
  /** Where the project relies on it. */
  readonly reliesOn: string;
  /** What the run does to find out. */
  readonly how: string;
  /** @throws Error if there is no result; the run continues with the next assumption */
  examine(lab: Lab): Promise<Verdict>;
}

/** @param evidence what was seen, whatever it says about the assumption */
export const verdict = (isConfirmed: boolean, evidence: string): Verdict => ({
  result: isConfirmed ? "confirmed" : "refuted",
  evidence,
});
