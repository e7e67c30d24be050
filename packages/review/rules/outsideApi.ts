import { microsoftApiIds } from "@microservice-identities/well-known/microsoftApis";
import type { Rule } from "../rule";
import { ofGrant } from "../subject";

export const outsideApi: Rule = {
  id: "outside-api",
  severity: "high",
  rationale:
    "What a role of an API lets do is known of the APIs made here and of Microsoft's: of any other, it is not.",
  remedy: "Have the API's owner say what the role lets do, and accept the grant with a waiver.",
  check: ({ model }) =>
    model.grants
      .filter(({ api }) => !model.services.includes(api) && !microsoftApiIds.has(api))
      .map((grant) => ({ subject: ofGrant(grant), message: "is a role of an API that is not known here" })),
};
