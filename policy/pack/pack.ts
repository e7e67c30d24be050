import { PolicyPack, type StackValidationPolicy } from "@pulumi/policy";
import { accessModelOf } from "../accessModel";
import { stackOf } from "../resources";
import { findingsOf, type Rule } from "../rule";
import { rules } from "../rules";
import { readWaivers, waive } from "../waivers";
import { reviewedResources } from "./reviewedResources";

const waivers = readWaivers();

/** Each rule is a policy: what is of high severity is mandatory, the rest is advice, and `--policy-pack-config` changes it. */
const policyOf = (rule: Rule): StackValidationPolicy => ({
  name: rule.id,
  description: `${rule.rationale} ${rule.remedy}`,
  enforcementLevel: rule.severity === "high" ? "mandatory" : "advisory",
  severity: rule.severity,
  validateStack({ resources: found }, reportViolation) {
    const resources = reviewedResources(found);
    const today = new Date().toISOString().slice(0, 10);
    const stack = stackOf(resources);
    const findings = findingsOf([rule], { resources, model: accessModelOf(resources), today, stack });
    const ofRule = waivers.filter((waiver) => waiver.rule === rule.id);
    // The rule's own remedy is part of the description.
    for (const { subject, message, remedy } of waive(findings, ofRule, { stack, today }).findings)
      reportViolation(`${subject} ${message}.${remedy === rule.remedy ? "" : ` ${remedy}`}`);
  },
});

new PolicyPack("access-review", { policies: rules.map(policyOf) });
