import { syntheticSecret } from "@microservice-identities/engine/evaluation/syntheticOutputs";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

/** Only of a program: in an exported state, secrets are encrypted, and no plain text shows that it was one. */
export const plainSecret: Rule = {
  id: "plain-secret",
  severity: "high",
  rationale: "A secret that is not marked as one is in the state, in the console and in other stacks as plain text.",
  remedy: "Pass the secret on as it is, without `unsecret` and without writing it anywhere else.",
  check: ({ resources }) =>
    resources.flatMap((resource) => {
      const plain = Object.entries(resource.properties)
        .filter(([property]) => !resource.secrets?.includes(property))
        .flatMap(([property, value]) => (JSON.stringify(value)?.includes(syntheticSecret) ? [property] : []));
      if (plain.length === 0 || isItsSource(resource.type)) return [];
      const message = `has a secret in plain text: ${plain.sort().join(", ")}`;
      return [{ subject: ofResource(resource), message, extent: { parts: plain } }];
    }),
};

/** Where secrets come from, their provider marks them. */
const isItsSource = (type: string): boolean =>
  /:(ApplicationPassword|ServicePrincipalPassword|RandomPassword)$/.test(type);
