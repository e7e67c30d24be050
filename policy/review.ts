import { type AccessModel, accessModelOf } from "./accessModel";
import { type AccessChange, changeBetween, newFindings } from "./change";
import { type ReviewedResource, stackOf } from "./resources";
import { type Finding, findingsOf } from "./rule";
import { rules } from "./rules";

export interface Review {
  readonly model: AccessModel;
  readonly findings: readonly Finding[];
  /** Only in comparison with an earlier state. */
  readonly change?: AccessChange;
  /** The findings that the earlier state did not have; all of them without one. */
  readonly newFindings: readonly Finding[];
}

/**
 * @param today the day of the review, `2026-11-25`
 * @param before what the resources were before the change
 */
export function review(
  resources: readonly ReviewedResource[],
  today: string,
  before?: readonly ReviewedResource[],
): Review {
  const judge = (judged: readonly ReviewedResource[]) => {
    const model = accessModelOf(judged);
    return { model, findings: findingsOf(rules, { resources: judged, model, today, stack: stackOf(judged) }) };
  };
  const { model, findings } = judge(resources);
  if (!before) return { model, findings, newFindings: findings };
  const earlier = judge(before);
  return {
    model,
    findings,
    change: changeBetween(earlier.model, model),
    newFindings: newFindings(earlier.findings, findings),
  };
}
