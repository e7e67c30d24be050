import { type EvaluatedResource, stackOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { type AccessModel, accessModelOf } from "./accessModel";
import { type AccessChange, changeBetween, newFindings } from "./change";
import { type Finding, findingsOf } from "./rule";
import { rules } from "./rules";
import { type WaivedFinding, type Waiver, waive } from "./waivers";

export interface Review {
  readonly stack: string;
  /** The day that it judges by, `2026-11-25`. */
  readonly today: string;
  readonly model: AccessModel;
  readonly findings: readonly Finding[];
  readonly waived: readonly WaivedFinding[];
  /** Only in comparison with an earlier state. */
  readonly change?: AccessChange;
  /** The findings that the earlier state did not have; all of them without one. */
  readonly newFindings: readonly Finding[];
}

/** What a change is compared with: resources, or an earlier review. */
export type Earlier = readonly EvaluatedResource[] | Pick<Review, "model" | "findings" | "waived">;

export interface ReviewOptions {
  /** The day to judge by, `2026-11-25`. */
  readonly today: string;
  readonly before?: Earlier;
  readonly waivers?: readonly Waiver[];
  /** Another environment of the same landscape. */
  readonly beside?: readonly EvaluatedResource[];
}

export function review(
  resources: readonly EvaluatedResource[],
  { today, before, waivers = [], beside }: ReviewOptions,
): Review {
  const stack = stackOf(resources);
  const besides = beside && { stack: stackOf(beside), model: accessModelOf(beside) };
  const judge = (judged: readonly EvaluatedResource[]) => {
    const model = accessModelOf(judged);
    return { model, findings: findingsOf(rules, { resources: judged, model, today, stack, beside: besides }) };
  };
  const { model, findings: found } = judge(resources);
  const { findings, waived } = waive(found, waivers, { stack, today });
  if (!before) return { stack, today, model, findings, waived, newFindings: findings };
  const earlier = "model" in before ? before : { ...judge(before), waived: [] };
  return {
    stack,
    today,
    model,
    findings,
    waived,
    change: changeBetween(earlier.model, model),
    newFindings: newFindings([...earlier.findings, ...earlier.waived], findings),
  };
}
