import { whyNotJudged } from "../judgedTypes";
import { packageOf } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const ignoredChange: Rule = {
  id: "ignored-change",
  severity: "high",
  rationale:
    "With `ignoreChanges`, Azure can differ from the program: a setting that somebody loosened there stays loosened.",
  remedy: "Remove `ignoreChanges`, or list only properties that grant no access.",
  check: ({ resources }) =>
    resources
      .filter(
        (resource) => /^(azuread|azure-native)$/.test(packageOf(resource)) && whyNotJudged(resource) === undefined,
      )
      .flatMap((resource) => {
        const ignored = (resource.options?.ignoreChanges ?? []).filter((property) => !harmless.includes(property));
        if (ignored.length === 0) return [];
        const message = `may differ in Azure from what is reviewed: ${ignored.join(", ")}`;
        return [{ subject: ofResource(resource), message, extent: { parts: ignored } }];
      }),
};

/**
 * Properties without influence on access: an identifier URI is another name of an API, and required API access is a request,
 * which becomes access only through an app role assignment.
 */
const harmless: readonly string[] = [
  ...["tags", "description", "notes", "displayName", "featureTags", "logoImage"],
  ...["identifierUris", "requiredResourceAccesses"],
];
