import type { Review } from "../review";
import { rules } from "../rules";
import { escaped } from "./page";
import { visible } from "./visible";

/** For a pipeline's test results: each rule is a test, which fails if it has new findings. */
export function reviewJunit({ stack, newFindings }: Review): string {
  const ids = [...new Set([...rules.map(({ id }) => id), ...newFindings.map(({ rule }) => rule)])];
  const cases = ids.map((id) => {
    const failures = newFindings
      .filter(({ rule }) => rule === id)
      .map(({ severity, subject, message, remedy }) => {
        const text = escaped(visible(`${subject} ${message}`));
        return `      <failure type="${severity}" message="${text}">${escaped(visible(remedy))}</failure>`;
      });
    const start = `    <testcase classname="review.${escaped(visible(stack))}" name="${id}"`;
    return failures.length === 0 ? `${start}/>` : [`${start}>`, ...failures, "    </testcase>"].join("\n");
  });
  const failed = new Set(newFindings.map(({ rule }) => rule)).size;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites tests="${ids.length}" failures="${failed}">`,
    `  <testsuite name="review of ${escaped(visible(stack))}" tests="${ids.length}" failures="${failed}">`,
    ...cases,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}
