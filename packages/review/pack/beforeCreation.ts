import { stackOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { ResourceValidationArgs } from "@pulumi/policy";
import { type AccessModel, accessModelOf } from "../accessModel";
import { type Finding, findingsOf, type Rule } from "../rule";
import { broadDeployer } from "../rules/broadDeployer";
import { delegatedGrant } from "../rules/delegatedGrant";
import { directoryRole } from "../rules/directoryRole";
import { notJudged } from "../rules/notJudged";
import { powerfulRole } from "../rules/powerfulRole";
import { privilegedApi } from "../rules/privilegedApi";
import { privilegedGraph } from "../rules/privilegedGraph";
import { ofRole } from "../subject";
import type { Waiver } from "../waivers";
import { reviewedResource } from "./reviewedResources";

/** The rules that need only one resource. */
const rules: readonly Rule[] = [
  broadDeployer,
  delegatedGrant,
  directoryRole,
  notJudged,
  powerfulRole,
  privilegedApi,
  privilegedGraph,
];

/** The findings of high severity about a resource before its creation, from its inputs alone. Waivers match by role or name. */
export function beforeCreation(
  shown: Pick<ResourceValidationArgs, "urn" | "type" | "props" | "opts" | "provider">,
  waivers: readonly Waiver[],
  today: string,
): Finding[] {
  const resource = reviewedResource(shown);
  const resources = [resource];
  const stack = stackOf(resources);
  const model = accessModelOf(resources);
  const isHere = ({ stack: of, until }: Waiver) => of === stack && until >= today;
  return (
    findingsOf(rules, { resources, model, today, stack })
      // What a finding assumes, the check of the whole stack decides.
      .filter(({ severity, assumed }) => severity === "high" && !assumed)
      .filter((finding) => !waivers.filter(isHere).some((waiver) => coversPart(waiver, finding, model)))
  );
}

/** The inputs of a grant do not contain the holder's name, so the API and the role are compared. */
function coversPart(waiver: Waiver, { rule, subject }: Finding, { grants }: AccessModel): boolean {
  if (waiver.rule !== rule) return false;
  return waiver.subject === subject || grants.some((grant) => waiver.subject.endsWith(` → ${ofRole(grant).text}`));
}
