import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { AccessModel } from "./accessModel";
import type { ChangedResource } from "./resourceChange";
import { keyOf, type Subject, type Whereabouts } from "./subject";
import type { Tooling } from "./tooling/tooling";
import type { SavedUsage } from "./usage/savedUsage";

/** From the least to the most serious: a finding of high severity must not be deployed. */
export const severities = ["low", "medium", "high"] as const;
export type Severity = (typeof severities)[number];

/** What a rule checks. */
export interface Reviewed {
  readonly resources: readonly EvaluatedResource[];
  readonly model: AccessModel;
  /** The day of the review, for example `2026-11-25`. */
  readonly today: string;
  /** The name of the stack, or the names of several. */
  readonly stack: string;
  /** Another environment of the same landscape, for comparison. */
  readonly beside?: { readonly stack: string; readonly model: AccessModel };
  /** What is known of the use of the stack's grants. Default: nothing. */
  readonly usage?: SavedUsage;
  /** What the change does to the files of the project, in a comparison with another revision. */
  readonly tooling?: Tooling;
  /** The same stack before the change, in a comparison. */
  readonly before?: {
    readonly model: AccessModel;
    /** The resources that have changed since then, if both states can be compared. */
    readonly changed?: readonly ChangedResource[];
    /** The resources that existed then, and no longer do. */
    readonly removed?: readonly ChangedResource[];
    /** The stacks that were production. */
    readonly productive?: readonly string[];
  };
}

/** A violation of a rule, without the rule's own texts. */
export interface Breach {
  /** The resource or access that it is about. Subject and rule together are unique. */
  readonly subject: Subject;
  readonly message: string;
  /** Its extent, which shows whether it got worse. Without it, any changed message counts as worse. */
  readonly extent?: Extent;
  /** Replaces the rule's own. */
  readonly severity?: Severity;
  /** Replaces the rule's own. */
  readonly remedy?: string;
  /** Where to look, if not where the subject is declared. Default: where the subject says. */
  readonly at?: Whereabouts;
  /** It assumes the worst, because it depends on a value that is not known yet, or on another resource. Default false. */
  readonly assumed?: true;
}

export interface Extent {
  /** A larger number is worse. */
  readonly amount?: number;
  /** An additional element is worse. */
  readonly parts?: readonly string[];
}

export interface Rule {
  /** Never changes, because waivers and pipelines use it. */
  readonly id: string;
  readonly severity: Severity;
  /** Why it matters. */
  readonly rationale: string;
  /** How to correct it. */
  readonly remedy: string;
  /** Whether it compares with an earlier state or another environment, and finds nothing without one. Default false. */
  readonly compares?: true;
  /** Whether it needs a usage report, and finds nothing without one. Default false. */
  readonly needsUsage?: true;
  /** Corresponding checks of other projects, for example `SCuBA MS.AAD.5.6v1`. */
  readonly references?: readonly string[];
  check(reviewed: Reviewed): Breach[];
}

export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** The subject, for people and for waivers. */
  readonly subject: string;
  /** The names in the subject, the declaring one first: a service before its role. */
  readonly about: readonly string[];
  readonly message: string;
  readonly remedy: string;
  readonly extent?: Extent;
  /** Where to look. Default: where the names in the subject are declared. */
  readonly at?: Whereabouts;
  /** It assumes the worst, because it depends on a value that is not known yet, or on another resource. Default false. */
  readonly assumed?: true;
}

/** Unique among the findings of a review. */
export const keyOfFinding = ({ rule, about }: Pick<Finding, "rule" | "about">): string => keyOf(rule, ...about);

/** All violations of all rules, the most serious first. */
export function findingsOf(rules: readonly Rule[], reviewed: Reviewed): Finding[] {
  const findings = rules.flatMap(({ id, severity, remedy, check }) =>
    check(reviewed).map(
      ({ subject, ...breach }): Finding => ({
        rule: id,
        severity,
        remedy,
        ...(subject.at ? { at: subject.at } : {}),
        ...breach,
        subject: subject.text,
        about: subject.names,
      }),
    ),
  );
  const rank = ({ severity }: Finding) => severities.indexOf(severity);
  return findings.sort(
    (one, other) =>
      rank(other) - rank(one) || one.rule.localeCompare(other.rule) || one.subject.localeCompare(other.subject),
  );
}
