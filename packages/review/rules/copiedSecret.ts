import { syntheticSecret } from "@microservice-identities/engine/evaluation/syntheticOutputs";
import { packageOf, typeOf } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

/** Only for a program: an exported state does not show where an encrypted value comes from. */
export const copiedSecret: Rule = {
  id: "copied-secret",
  severity: "medium",
  rationale:
    "Pulumi encrypts the value in its state, but the resource shows it to its own readers: a tag or an application setting has more readers than a vault, and nobody rotates the copy.",
  remedy: "Keep the secret in a vault, and let the service read it there with its managed identity.",
  check: ({ resources }) =>
    resources.flatMap((resource) => {
      if (resource.component || isKept(typeOf(resource)) || packageOf(resource) === "random") return [];
      const copied = (resource.secrets ?? []).filter((property) =>
        (JSON.stringify(resource.properties[property]) ?? "").includes(syntheticSecret),
      );
      if (copied.length === 0) return [];
      const message = `has a copy of a secret: ${[...copied].sort().join(", ")}`;
      return [{ subject: ofResource(resource), message, extent: { parts: copied } }];
    }),
};

/** Where secrets are made, and where they are kept. */
const isKept = (type: string): boolean =>
  /^(azuread:(Application|Application(Password|Certificate)|ServicePrincipalPassword)|azure-native:keyvault:Secret)$/.test(
    type,
  );
