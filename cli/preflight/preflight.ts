import { counted } from "@microservice-identities/validation/counted";
import { checkAssignments } from "./assignments";
import { checkConditionalAccess } from "./conditionalAccess";
import { checkCreatorQuota } from "./creatorQuota";
import { checkCredentialPolicies } from "./credentialPolicies";
import { checkDeletedVaults } from "./deletedVaults";
import { checkLocations } from "./locations";
import { type Outcome, together } from "./outcome";
import { checkRegistrations } from "./registrations";
import { checkServiceReference } from "./serviceReference";
import { Survey, type SurveyOptions } from "./survey";

/** Whether a deployment would meet a quota, a limit or a policy. It only reads. */
export async function preflight(options: SurveyOptions, today = new Date()): Promise<Outcome> {
  const survey = await Survey.of(options);
  return together([
    survey.outcome,
    await checkCreatorQuota(survey),
    await checkRegistrations(survey),
    await checkAssignments(survey),
    await checkCredentialPolicies(survey, today),
    await checkConditionalAccess(survey),
    await checkServiceReference(survey),
    checkLocations(survey),
    await checkDeletedVaults(survey),
  ]);
}

/** 0: passed; 1: something would fail; 2: something could not be checked. */
export const exitCodeFor = ({ findings, unchecked }: Outcome): 0 | 1 | 2 => {
  if (findings.length > 0) return 1;
  return unchecked.length > 0 ? 2 : 0;
};

/** The outcome as text for people. */
export function preflightText({ findings, unchecked, skipped }: Outcome): string {
  const lines = [
    ...findings.flatMap(({ place, value, limit, consequence, remedy }) => [
      `would fail: ${place}: ${value}; allowed: ${limit}`,
      `  ${consequence}`,
      `  ${remedy}`,
    ]),
    ...unchecked.map(({ what, needs, reason }) => `not checked: ${what}, needs ${needs} (${reason})`),
    ...skipped,
  ];
  return [...lines, conclusion(findings.length, unchecked.length)].join("\n");
}

function conclusion(problems: number, unchecked: number): string {
  if (problems > 0)
    return `Preflight: the deployment would fail (${counted(problems, "problem")}, ${counted(unchecked, "check")} not made).`;
  return unchecked === 0
    ? "Preflight passed."
    : `Preflight: no problem was found, but ${counted(unchecked, "check")} could not be made.`;
}
