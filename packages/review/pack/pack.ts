import path from "node:path";
import { stackOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { today } from "@microservice-identities/validation/days";
import {
  PolicyPack,
  type PolicyResource,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from "@pulumi/policy";
import { accessModelOf } from "../accessModel";
import { type Finding, findingsOf, type Rule } from "../rule";
import { rules } from "../rules";
import { readWaivers, waive, waiversFile } from "../waivers";
import { beforeCreation } from "./beforeCreation";
import { reviewedResources } from "./reviewedResources";

// The pack is part of the project whose stacks it judges.
const waivers = readWaivers(path.resolve(__dirname, "../../..", waiversFile), today());

/** What is found in a deployment: once, although every policy is asked by itself. */
let judged: { readonly findings: readonly Finding[]; readonly asked: Set<string> } | undefined;

function findingsFor(policy: string, found: readonly PolicyResource[]): readonly Finding[] {
  // The policies are asked one after the other: one that is asked again is asked about another deployment.
  if (!judged || judged.asked.has(policy)) judged = { findings: findingsIn(found), asked: new Set() };
  judged.asked.add(policy);
  return judged.findings;
}

/** What the rules find in a stack, without what is waived, and what is found of the waivers. */
function findingsIn(found: readonly PolicyResource[]): readonly Finding[] {
  const resources = reviewedResources(found);
  const stack = stackOf(resources);
  const reviewed = { resources, model: accessModelOf(resources), today: today(), stack };
  return waive(findingsOf(rules, reviewed), waivers, reviewed).findings;
}

/** A policy has one level for all that it reports, so what a rule judges more mildly than itself is in another one. */
const isMilder = (rule: Rule, { rule: id, severity }: Finding): boolean => id === rule.id && severity !== rule.severity;

/** Each rule is a policy: what is of high severity is mandatory, the rest is advice, and `--policy-pack-config` changes it. */
const policyOf = (rule: Rule): StackValidationPolicy => ({
  name: rule.id,
  description: `${rule.rationale} ${rule.remedy}`,
  enforcementLevel: rule.severity === "high" ? "mandatory" : "advisory",
  severity: rule.severity,
  validateStack({ resources }, reportViolation) {
    // The rule's own remedy is part of the description.
    for (const finding of findingsFor(rule.id, resources))
      if (finding.rule === rule.id && !isMilder(rule, finding))
        reportViolation(
          `${finding.subject} ${finding.message}.${finding.remedy === rule.remedy ? "" : ` ${finding.remedy}`}`,
        );
  },
});

const advice = (name: string, description: string, isMeant: (finding: Finding) => boolean): StackValidationPolicy => ({
  name,
  description,
  enforcementLevel: "advisory",
  severity: "medium",
  validateStack({ resources }, reportViolation) {
    for (const finding of findingsFor(name, resources).filter(isMeant))
      reportViolation(`${finding.subject} ${finding.message} (${finding.rule}). ${finding.remedy}`);
  },
});

const ofRules = new Set(rules.map(({ id }) => id));

/** Stops before a resource is made: the stack as a whole is judged only when all of it is there. */
const beforeCreationPolicy: ResourceValidationPolicy = {
  name: "before-creation",
  description:
    "What the deployment alone tells, as an id that a preview does not know, is judged before the resource is made with it.",
  enforcementLevel: "mandatory",
  severity: "high",
  validateResource(resource, reportViolation) {
    for (const finding of beforeCreation(resource, waivers.waivers, today()))
      reportViolation(`${finding.subject} ${finding.message} (${finding.rule}). ${finding.remedy}`);
  },
};

new PolicyPack("access-review", {
  policies: [
    ...rules.map(policyOf),
    advice("milder-findings", "What a rule finds less grave than its other findings.", (finding) =>
      rules.some((rule) => isMilder(rule, finding)),
    ),
    advice("waivers", "What is wrong with the waivers of this stack.", ({ rule }) => !ofRules.has(rule)),
    beforeCreationPolicy,
  ],
});
