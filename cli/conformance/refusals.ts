import { type Verdict, verdict } from "./assumption";
import { aadsts, errorOf } from "./lab";
import type { Answer } from "./wire";

/** A request, its answer, and the refusal that is expected. */
export interface ExpectedRefusal {
  readonly what: string;
  readonly answer: Answer;
  /** The status and the code: `400 Request_BadRequest`, `401 invalid_client 7000215`. */
  readonly expected: string;
  /** The pattern by which this project recognises its text, if it does. */
  readonly text?: RegExp | undefined;
}

/** Whether each request was refused as expected. The recording contains all texts. */
export function refusals(cases: readonly ExpectedRefusal[]): Verdict {
  const different = cases.filter(
    ({ answer, expected, text }) => codeOf(answer) !== expected || (text !== undefined && !text.test(errorOf(answer))),
  );
  return verdict(
    different.length === 0,
    different.length === 0
      ? `all ${cases.length} were refused as expected`
      : different
          .map(
            ({ what, answer, expected, text }) =>
              `${what}: expected ${expected}${text ? ` and ${text}` : ""}, got ${errorOf(answer)}`,
          )
          .join("; "),
  );
}

function codeOf(answer: Answer): string {
  const { error } = answer.body;
  if (typeof error === "string") return `${answer.status} ${error} ${aadsts(answer)}`;
  const { code, innererror } = (error ?? {}) as { code?: string; innererror?: { code?: string } };
  return [answer.status, code, innererror?.code].filter(Boolean).join(" ");
}
