import { nameOf } from "../resources";
import { type Rule, type VaultProperties, vaultsOf } from "../rule";

export const unstatedAuthorization: Rule = {
  id: "unstated-authorization",
  severity: "medium",
  rationale: "Who decides over a vault, roles or policies, is by default another thing in another API version.",
  remedy: "State `enableRbacAuthorization`.",
  references: ["PSRule AZR-000388"],
  check: ({ resources }) =>
    vaultsOf(resources)
      .filter(({ properties }) => (properties.properties as VaultProperties).enableRbacAuthorization === undefined)
      .map(({ urn }) => ({ subject: nameOf(urn), message: "does not state whether roles or policies decide" })),
};
