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
import { readWaivers, waive } from "../waivers";
import { waiversFile } from "../waiversFile";
import { beforeCreation } from "./beforeCreation";
import { reviewedResources } from "./reviewedResources";

// The pack is part of the project whose stacks it checks.
const waivers = readWaivers(path.resolve(__dirname, "../../..", waiversFile), today());

/** The findings of a deployment, computed once although each policy asks for them. */
let judged: { readonly findings: readonly Finding[]; readonly asked: Set<string> } | undefined;

function findingsFor(policy: string, found: readonly PolicyResource[]): readonly Finding[] {
  // Pulumi runs the policies one after the other. If one runs a second time, a new deployment has begun.
  if (!judged || judged.asked.has(policy)) judged = { findings: findingsIn(found), asked: new Set() };
  judged.asked.add(policy);
  return judged.findings;
}

/** The findings in a stack that are not waived, and the findings about waivers. */
function findingsIn(found: readonly PolicyResource[]): readonly Finding[] {
  const resources = reviewedResources(found);
  const stack = stackOf(resources);
  const reviewed = { resources, model: accessModelOf(resources), today: today(), stack };
  return waive(findingsOf(rules, reviewed), waivers, reviewed).findings;
}

/** A policy has one level for all its reports, so findings that are milder than their rule are in a separate policy. */
const isMilder = (rule: Rule, { rule: id, severity }: Finding): boolean => id === rule.id && severity !== rule.severity;

/** Each rule is a policy: mandatory if its severity is high, otherwise advisory. `--policy-pack-config` changes this. */
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

/** Stops the deployment before a resource is created. The rules for the whole stack can run only after all resources exist. */
const beforeCreationPolicy: ResourceValidationPolicy = {
  name: "before-creation",
  description: "Checks values that are known only during the deployment, before the resource is created with them.",
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
    advice("milder-findings", "Findings with a lower severity than their rule.", (finding) =>
      rules.some((rule) => isMilder(rule, finding)),
    ),
    advice("waivers", "Problems with the waivers of this stack.", ({ rule }) => !ofRules.has(rule)),
    beforeCreationPolicy,
  ],
});
