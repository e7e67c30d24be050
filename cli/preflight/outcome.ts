import { TenantError } from "../adoption/tenant";

/** Something that would fail if the stack were deployed now. */
export interface Finding {
  /** What it is about, as in `the registration orders-dev`. */
  readonly place: string;
  /** What is there or wanted, as in `51 APIs`. */
  readonly value: string;
  /** What is allowed, as in `50 APIs`. */
  readonly limit: string;
  /** What a deployment would do. */
  readonly consequence: string;
  readonly remedy: string;
}

/** Something that could not be read. */
export interface Unchecked {
  readonly what: string;
  /** The permission or the circumstance that is missing. */
  readonly needs: string;
  /** In the words of whoever refused. */
  readonly reason: string;
}

export interface Outcome {
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
  /** What was left out on purpose, and why. */
  readonly skipped: readonly string[];
}

export const outcome = (part: Partial<Outcome> = {}): Outcome => ({
  findings: [],
  unchecked: [],
  skipped: [],
  ...part,
});

export const together = (outcomes: readonly Outcome[]): Outcome => ({
  findings: outcomes.flatMap(({ findings }) => findings),
  unchecked: outcomes.flatMap(({ unchecked }) => unchecked),
  skipped: outcomes.flatMap(({ skipped }) => skipped),
});

/** Judges what a read gives; a read that is refused is an unchecked part. */
export async function judged<T>(
  { what, needs }: Omit<Unchecked, "reason">,
  read: () => Promise<T>,
  judge: (value: T) => Outcome | Promise<Outcome>,
): Promise<Outcome> {
  let value: T;
  try {
    value = await read();
  } catch (error) {
    if (!(error instanceof TenantError)) throw error;
    return outcome({ unchecked: [{ what, needs, reason: error.message }] });
  }
  return judge(value);
}
