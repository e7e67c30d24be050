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
        const { import: existing, stateMigrations = [] } = resource.options ?? {};
        return [
          ...(existing === undefined ? [] : [`takes over ${existing}`]),
          ...(stateMigrations.length === 0
            ? []
            : ["rewrites its state, so that it can become a different resource in Azure"]),
        ].map((message) => ({ subject: ofResource(resource), message }));
      }),
};
