import { TenantError } from "../adoption/tenant";

/** Something that would fail if the stack were deployed now. */
export interface Finding {
  /** The affected object, for example `the registration orders-dev`. */
  readonly place: string;
  /** The existing or declared value, for example `51 APIs`. */
  readonly value: string;
  /** The allowed value, for example `50 APIs`. */
  readonly limit: string;
  /** The result of a deployment. */
  readonly consequence: string;
  readonly remedy: string;
}

/** Something that could not be read. */
export interface Unchecked {
  readonly what: string;
  /** The permission or the circumstance that is missing. */
  readonly needs: string;
  /** The message of the API that refused. */
  readonly reason: string;
}

export interface Outcome {
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
  /** Checks that were omitted intentionally, and why. */
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

/** Checks the result of a read. A refused read becomes an unchecked part. */
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
