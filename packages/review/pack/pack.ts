import path from "node:path";
import { stackOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { today } from "@microservice-identities/validation/days";
import { PolicyPack, type PolicyResource, type StackValidationPolicy } from "@pulumi/policy";
import { accessModelOf } from "../accessModel";
import { type Finding, findingsOf, type Rule } from "../rule";
import { rules } from "../rules";
import { readWaivers, waive, waiversFile } from "../waivers";
import { reviewedResources } from "./reviewedResources";

// The pack is part of the project whose stacks it judges.
const waivers = readWaivers(path.resolve(__dirname, "../../..", waiversFile));

/** What rules find in a stack, without what is waived. */
function findingsIn(found: readonly PolicyResource[], judging: readonly Rule[]): Finding[] {
  const resources = reviewedResources(found);
  const date = today();
  const stack = stackOf(resources);
  const findings = findingsOf(judging, { resources, model: accessModelOf(resources), today: date, stack });
  const ofRules = waivers.filter((waiver) => judging.some(({ id }) => id === waiver.rule));
  return waive(findings, ofRules, { stack, today: date }).findings;
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
    for (const finding of findingsIn(resources, [rule]).filter((each) => !isMilder(rule, each)))
      reportViolation(
        `${finding.subject} ${finding.message}.${finding.remedy === rule.remedy ? "" : ` ${finding.remedy}`}`,
      );
  },
});

const milder: StackValidationPolicy = {
  name: "milder-findings",
  description: "What a rule finds less grave than its other findings.",
  enforcementLevel: "advisory",
  severity: "medium",
  validateStack({ resources }, reportViolation) {
    for (const finding of findingsIn(resources, rules).filter((each) => rules.some((rule) => isMilder(rule, each))))
      reportViolation(`${finding.subject} ${finding.message} (${finding.rule}). ${finding.remedy}`);
  },
};

new PolicyPack("access-review", { policies: [...rules.map(policyOf), milder] });
