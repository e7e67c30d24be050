import { type EvaluatedResource, nameOf, stackOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { type AccessModel, accessModelOf } from "./accessModel";
import { type AccessChange, changeBetween, newFindings } from "./change";
import { productiveStacksIn } from "./production";
import {
  type Fingerprints,
  fingerprintsOf,
  type ResourceSource,
  resourceChangeBetween,
  typeIn,
} from "./resourceChange";
import { type Finding, findingsOf, type Reviewed } from "./rule";
import { rules } from "./rules";
import { keyOf } from "./subject";
import { codeLine } from "./tooling/codeLine";
import { packageLine } from "./tooling/packageLine";
import type { Tooling } from "./tooling/tooling";
import type { SavedUsage } from "./usage/savedUsage";
import { acceptedBefore, waiverChangeBetween } from "./waiverChange";
import { noWaivers, type WaivedFinding, type Waivers, waive, waiversOf } from "./waivers";

export interface Review {
  readonly stack: string;
  /** The day of the review, for example `2026-11-25`. */
  readonly today: string;
  /** The name of the earlier state; absent without a comparison. */
  readonly base?: string;
  readonly model: AccessModel;
  readonly findings: readonly Finding[];
  readonly waived: readonly WaivedFinding[];
  /** The accepted findings of this stack; absent if they are not known. */
  readonly waivers?: Waivers;
  /** Only in comparison with an earlier state. */
  readonly change?: AccessChange;
  /** The findings that are new or got worse since the earlier state; without one, all findings. */
  readonly newFindings: readonly Finding[];
  /** The period of the usage report that was given. Default: none was. */
  readonly usage?: Pick<SavedUsage, "from" | "until">;
  /** Where the resources were read from. */
  readonly source: ResourceSource;
  readonly resources: Fingerprints;
}

/** The earlier state that a change is compared with: resources, or an earlier review. */
export type Earlier =
  | {
      readonly resources: readonly EvaluatedResource[];
      readonly source?: ResourceSource;
      readonly name?: string;
      /** The findings that were accepted then. Default: not known, so no waiver counts as new. */
      readonly waivers?: Waivers;
      /** The files of the project that differ from then. Default: they are not compared. */
      readonly tooling?: Tooling;
      /** The other environment in the earlier state. Default: in its current state. */
      readonly beside?: readonly EvaluatedResource[];
    }
  | {
      readonly review: Pick<Review, "model" | "findings" | "waived" | "waivers" | "source" | "resources">;
      readonly name?: string;
    };

export interface ReviewOptions {
  /** The day of the review, for example `2026-11-25`. */
  readonly today: string;
  /** Default `program`. */
  readonly source?: ResourceSource;
  readonly before?: Earlier;
  readonly waivers?: Waivers;
  /** Another environment of the same landscape. */
  readonly beside?: readonly EvaluatedResource[];
  /** What is known of the use of the grants. Default: nothing. */
  readonly usage?: SavedUsage;
}

export function review(
  resources: readonly EvaluatedResource[],
  { today, source = "program", before, waivers = noWaivers, beside, usage }: ReviewOptions,
): Review {
  const stack = stackOf(resources);
  const judge = (
    judged: readonly EvaluatedResource[],
    model: AccessModel,
    other = beside,
    old?: Required<Reviewed>["before"],
  ) =>
    findingsOf(rules, {
      resources: judged,
      model,
      today,
      stack,
      beside: other && { stack: stackOf(other), model: accessModelOf(other) },
      ...(usage ? { usage } : {}),
      ...(old ? { before: old } : {}),
      ...(old && tooling ? { tooling } : {}),
    });
  const model = accessModelOf(resources);
  const tooling = before && "tooling" in before ? before.tooling : undefined;
  const earlier = before && earlierOf(before, judge);
  const fingerprints = fingerprintsOf(resources);
  const kept = new Set(earlier?.kept);
  const changed =
    earlier &&
    resourceChangeBetween(earlier.resources, fingerprints, earlier.source === source, (urn) => kept.has(urn));
  const components = new Set(earlier?.components.map((urn) => keyOf(typeIn(urn), nameOf(urn))));
  const old = earlier &&
    changed && {
      model: earlier.model,
      changed: changed.changed,
      removed: changed.removed.filter(({ type, name }) => !components.has(keyOf(type, name))),
      productive: productiveStacksIn(earlier.resources),
    };
  const accepted = waiversOf(waivers, stack);
  const acceptance = earlier?.waivers && waiverChangeBetween(waiversOf(earlier.waivers, stack), accepted);
  const judged = waive(judge(resources, model, beside, old), waivers, { stack, today });
  const others = [...judged.findings, ...(acceptance?.findings ?? [])];
  // A waived finding does not explain an unwaived one with the same name.
  const added = earlier && newFindings([...earlier.findings, ...earlier.waived], [...judged.waived, ...others]);
  const { waived, refused } = acceptedBefore(judged.waived, added ?? [], earlier?.waivers, today);
  const findings = [...others, ...refused];
  const period = usage ? { usage: { from: usage.from, until: usage.until } } : {};
  const read = { source, resources: fingerprints };
  const now = { stack, today, model, waived, findings, waivers: accepted, ...period, ...read };
  if (!added || !changed) return { ...now, newFindings: findings };
  return {
    ...now,
    ...(before?.name === undefined ? {} : { base: before.name }),
    change: changeBetween(earlier.model, model, changed, {
      ...(acceptance ? { waivers: acceptance.waivers } : {}),
      altered: [...(tooling ? [...codeLine(tooling), ...packageLine(tooling)] : []), ...(acceptance?.altered ?? [])],
    }),
    newFindings: [...others.filter((finding) => added.includes(finding)), ...refused],
  };
}

interface Judged extends Pick<Review, "model" | "findings" | "waived" | "waivers" | "source" | "resources"> {
  /** The URNs of the resources that stay in Azure. */
  readonly kept: readonly string[];
  /** The URNs of the components, which only group resources. */
  readonly components: readonly string[];
}

function earlierOf(
  before: Earlier,
  judge: (
    resources: readonly EvaluatedResource[],
    model: AccessModel,
    beside?: readonly EvaluatedResource[],
  ) => readonly Finding[],
): Judged {
  if ("review" in before) {
    // A saved review does not show which of its resources are components, but the project's own are known.
    const components = Object.keys(before.review.resources).filter((urn) => isOwnComponent(typeIn(urn)));
    return { ...before.review, kept: [], components };
  }
  const { resources, source = "program" } = before;
  const model = accessModelOf(resources);
  return {
    model,
    findings: judge(resources, model, before.beside),
    waived: [],
    ...(before.waivers ? { waivers: before.waivers } : {}),
    source,
    resources: fingerprintsOf(resources),
    kept: resources.filter(({ options }) => options?.retainOnDelete).map(({ urn }) => urn),
    components: resources.filter(({ component }) => component).map(({ urn }) => urn),
  };
}

const isOwnComponent = (type: string): boolean => type.startsWith("microservice-identities:");
