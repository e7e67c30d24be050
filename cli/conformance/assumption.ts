import type { Lab } from "./lab";

/** The result of a run for an assumption. */
export interface Verdict {
  readonly result: "confirmed" | "refuted" | "inconclusive";
  /** The observation, as a sentence. */
  readonly evidence: string;
}

/** A statement about Azure that this project relies on and that no source confirms. */
export interface Assumption {
  /** Stable: `C-01`. Numbers are never used again. */
  readonly id: string;
  /** The assumption, as a sentence. */
  readonly sentence: string;
  /** Where the project relies on it. */
  readonly reliesOn: string;
  /** How the run examines it. */
  readonly how: string;
  /** @throws Error if there is no result; the run continues with the next assumption */
  examine(lab: Lab): Promise<Verdict>;
}

/** @param evidence the observation, for both results */
export const verdict = (isConfirmed: boolean, evidence: string): Verdict => ({
  result: isConfirmed ? "confirmed" : "refuted",
  evidence,
});
