import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { AccessModel } from "./accessModel";
import type { ChangedResource } from "./resourceChange";
import { keyOf, type Subject } from "./subject";

/** From what can wait to what must not be deployed. */
export const severities = ["low", "medium", "high"] as const;
export type Severity = (typeof severities)[number];

/** What a rule judges. */
export interface Reviewed {
  readonly resources: readonly EvaluatedResource[];
  readonly model: AccessModel;
  /** The day of the review, `2026-11-25`. */
  readonly today: string;
  /** The name of the stack, or the names of several. */
  readonly stack: string;
  /** Another environment of the same landscape, for comparison. */
  readonly beside?: { readonly stack: string; readonly model: AccessModel };
  /** The same stack before the change, in a comparison. */
  readonly before?: {
    readonly model: AccessModel;
    /** The resources that are not the same as then, where they can be compared. */
    readonly changed?: readonly ChangedResource[];
  };
}

/** One breach of a rule, before the rule's own words are added. */
export interface Breach {
  /** The resource or the access that it is about; with the rule's id it tells a finding apart from every other. */
  readonly subject: Subject;
  readonly message: string;
  /** How far it goes, to tell whether it got worse. Without it, any other message is worse. */
  readonly extent?: Extent;
  /** In place of the rule's own. */
  readonly severity?: Severity;
  /** In place of the rule's own. */
  readonly remedy?: string;
}

export interface Extent {
  /** More is worse. */
  readonly amount?: number;
  /** One more is worse. */
  readonly parts?: readonly string[];
}

export interface Rule {
  /** Stable: waivers and pipelines name it. */
  readonly id: string;
  readonly severity: Severity;
  /** Why it matters. */
  readonly rationale: string;
  /** What to do. */
  readonly remedy: string;
  /** It looks at what a change does, or at another environment: without one it finds nothing. Default false. */
  readonly compares?: true;
  /** Checks of others that look at the same, as in `SCuBA MS.AAD.5.6v1`. */
  readonly references?: readonly string[];
  check(reviewed: Reviewed): Breach[];
}

export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** What it is about, for people and for waivers. */
  readonly subject: string;
  /** The names in the subject, what declares before what is declared. */
  readonly about: readonly string[];
  readonly message: string;
  readonly remedy: string;
  readonly extent?: Extent;
}

/** Tells a finding apart from every other of the same review. */
export const keyOfFinding = ({ rule, about }: Pick<Finding, "rule" | "about">): string => keyOf(rule, ...about);

/** Every breach of every rule, the gravest first. */
export function findingsOf(rules: readonly Rule[], reviewed: Reviewed): Finding[] {
  const findings = rules.flatMap(({ id, severity, remedy, check }) =>
    check(reviewed).map(
      ({ subject, ...breach }): Finding => ({
        rule: id,
        severity,
        remedy,
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
