import { syntheticSecret } from "@microservice-identities/engine/evaluation/syntheticOutputs";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

/** Only for a program: an exported state does not show that a plain text was a secret. */
export const plainSecret: Rule = {
  id: "plain-secret",
  severity: "high",
  rationale:
    "A value that is not marked as a secret is plain text in the state, in the console output and in other stacks.",
  remedy: "Pass the secret on unchanged, without `unsecret`, and do not write it anywhere else.",
  check: ({ resources }) =>
    resources.flatMap((resource) => {
      const plain = Object.entries(resource.properties)
        .filter(([property]) => !resource.secrets?.includes(property))
        .flatMap(([property, value]) => (hasSecret(JSON.stringify(value) ?? "") ? [property] : []));
      if (plain.length === 0 || isItsSource(resource.type)) return [];
      const message = `has a secret in plain text: ${plain.sort().join(", ")}`;
      return [{ subject: ofResource(resource), message, extent: { parts: plain } }];
    }),
};

/** The secret as it is, or in an encoding that anybody can undo. */
const hasSecret = (text: string): boolean => written.some((each) => text.includes(each));

const written: readonly string[] = [
  syntheticSecret,
  encodeURIComponent(syntheticSecret),
  ...(["base64", "base64url", "hex"] as const).map((encoding) => Buffer.from(syntheticSecret).toString(encoding)),
];

/** Resources that create secrets: their provider marks the values as secret. */
const isItsSource = (type: string): boolean =>
  /:(ApplicationPassword|ServicePrincipalPassword|RandomPassword)$/.test(type);
