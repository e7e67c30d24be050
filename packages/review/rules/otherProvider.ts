import { isDefaultProvider, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const otherProvider: Rule = {
  id: "other-provider",
  severity: "high",
  rationale:
    "A provider with settings of its own acts as somebody else, or in another tenant, than the stack's settings say.",
  remedy: "Take tenant, client and cloud from the stack's settings and the environment.",
  check: ({ resources }) =>
    resources
      .filter(
        ({ type, urn, parent }) =>
          /^pulumi:providers:(azuread|azure-native)$/.test(type) &&
          // One that the program creates has the stack as its parent, whatever its name.
          !(parent === "" && isDefaultProvider(nameOf(urn))),
      )
      .flatMap((provider) => {
        const set = Object.entries(provider.properties).flatMap(([key, value]) =>
          deciding.test(key) && !unset.includes(value) ? [key] : [],
        );
        if (set.length === 0) return [];
        return [{ subject: ofResource(provider), message: `sets ${set.sort().join(", ")}`, extent: { parts: set } }];
      }),
};

/** What decides who acts, and where. The cloud is the environment's to choose. */
const deciding = /tenant|client|subscription|metadata|endpoint|oidc|msi|cli|certificate|token|partner/i;

/** What the SDK gives every provider that says nothing. */
const unset: readonly unknown[] = [undefined, null, "", false, "false"];
