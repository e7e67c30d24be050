import { whyNotJudged } from "../judgedTypes";
import { packageOf } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const ignoredChange: Rule = {
  id: "ignored-change",
  severity: "high",
  rationale:
    "A property that deployments leave as it is in Azure is not what the program says: what was opened stays open.",
  remedy: "Take `ignoreChanges` off, or name only properties that give nobody access.",
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
 * They say nothing about who may do what: an identifier URI is another name of an API, and what an application requires is a
 * request, which becomes access by an app role assignment only.
 */
const harmless: readonly string[] = [
  ...["tags", "description", "notes", "displayName", "featureTags", "logoImage"],
  ...["identifierUris", "requiredResourceAccesses"],
];
