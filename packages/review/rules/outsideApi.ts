import { microsoftApiIds } from "@microservice-identities/well-known/microsoftApis";
import type { Rule } from "../rule";
import { ofGrant } from "../subject";

export const outsideApi: Rule = {
  id: "outside-api",
  severity: "high",
  rationale:
    "The review knows the roles of this stack's APIs and of Microsoft's APIs. It cannot know what a role of another API allows.",
  remedy: "Ask the API's owner what the role allows, and accept the grant with a waiver.",
  check: ({ model }) =>
    model.grants
      .filter(({ api }) => !model.services.includes(api) && !microsoftApiIds.has(api))
      .map((grant) => ({ subject: ofGrant(grant), message: "is a role of an API that is unknown here" })),
};
