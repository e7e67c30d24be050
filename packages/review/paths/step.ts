import { keyOf } from "../subject";
import type { PathNode } from "./node";

/** How somebody gets from one node of a graph to the next. Each completes "A … B". */
export const stepKinds = [
  "owns",
  "is a member of",
  "changes members of",
  "deploys as",
  "signs in as",
  "runs as",
  "runs code as",
  "knows a secret of",
  "adds a credential to",
  "reads",
  "lets itself into",
  "contains a secret of",
  "holds",
  "grants itself",
] as const;
export type StepKind = (typeof stepKinds)[number];

export interface Step {
  readonly kind: StepKind;
  readonly from: PathNode;
  readonly to: PathNode;
  /** A sentence that says how. */
  readonly how: string;
  /** The name of the resource, or the subject of the audit's finding, that it comes from. */
  readonly resource: string;
}

/** All steps from one node to another count as one. */
export const keyOfStep = ({ from, to }: Step): string => keyOf(from.key, to.key);

/** For example `A → B → C`. */
export const pathText = (steps: readonly Step[]): string =>
  [steps[0]?.from, ...steps.map(({ to }) => to)].map((node) => node?.name ?? "").join(" → ");

/** The sentence, followed by the origin of the step if the sentence does not name it. */
export const stepText = (step: Step): string =>
  step.how.includes(step.resource) || step.resource === pathText([step]) ? step.how : `${step.how} (${step.resource})`;
