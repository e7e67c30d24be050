import { whyNotJudged } from "../judgedTypes";
import { packageOf } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const takenOver: Rule = {
  id: "taken-over",
  severity: "medium",
  rationale:
    "An imported resource keeps everything that the program does not declare: other secrets, owners, members and grants.",
  remedy:
    "Check in Azure what the resource has, and remove `import` after the deployment that needs it. `npm run adopt` lists what exists.",
  check: ({ resources }) =>
    resources
      .filter(
        (resource) => /^(azuread|azure-native)$/.test(packageOf(resource)) && whyNotJudged(resource) === undefined,
      )
      .flatMap((resource) => {
        const existing = resource.options?.import;
        return existing === undefined ? [] : [{ subject: ofResource(resource), message: `takes over ${existing}` }];
      }),
};
