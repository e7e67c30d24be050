import { whyNotJudged } from "../judgedTypes";
import { packageOf } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const takenOver: Rule = {
  id: "taken-over",
  severity: "medium",
  rationale:
    "A resource that existed before keeps what the program does not name: other secrets, owners, members and grants.",
  remedy:
    "Look in Azure at what the resource has, and take `import` out after the deployment that needed it. `npm run adopt` lists what exists.",
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
