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

/** What a resource by itself is enough to judge. */
const rules: readonly Rule[] = [
  broadDeployer,
  delegatedGrant,
  directoryRole,
  notJudged,
  powerfulRole,
  privilegedApi,
  privilegedGraph,
];

/** What is grave about a resource that is about to be made, by its inputs alone. What is waived, is waived by role or name. */
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
      .filter(({ severity }) => severity === "high")
      // What other resources of the stack tell, as what a custom role allows, is judged with all of them.
      .filter(({ message }) => !/not known|which nobody has judged$/.test(message))
      .filter((finding) => !waivers.filter(isHere).some((waiver) => coversPart(waiver, finding, model)))
  );
}

/** Who holds a grant is not among a resource's inputs by name: the API and the role are what is compared. */
function coversPart(waiver: Waiver, { rule, subject }: Finding, { grants }: AccessModel): boolean {
  if (waiver.rule !== rule) return false;
  return waiver.subject === subject || grants.some((grant) => waiver.subject.endsWith(` → ${ofRole(grant).text}`));
}
