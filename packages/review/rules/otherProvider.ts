import { isDefaultProvider, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { AccessModel } from "../accessModel";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const otherProvider: Rule = {
  id: "other-provider",
  severity: "high",
  rationale:
    "A provider with its own settings can act as an identity, or in a tenant, other than those in the stack's settings.",
  remedy: "Take tenant, client and cloud from the stack's settings and the environment.",
  check: ({ resources, model }) =>
    resources
      .filter(
        ({ type, urn, parent }) =>
          /^pulumi:providers:(azuread|azure-native)$/.test(type) &&
          // A provider that the program creates has the stack as its parent, even if it is named like a default provider.
          !(parent === "" && isDefaultProvider(nameOf(urn))),
      )
      .flatMap((provider) => {
        const set = Object.entries(provider.properties).flatMap(([key, value]) =>
          deciding.test(key) && !unset.includes(value) && !(key === "environment" && isUsual(value, model))
            ? [key]
            : [],
        );
        const renamed = Object.entries(provider.options?.envVarMappings ?? {}).map(
          ([source, target]) => `${target} from the environment variable ${source}`,
        );
        const parts = [...set.sort(), ...renamed.sort()];
        if (parts.length === 0) return [];
        return [{ subject: ofResource(provider), message: `sets ${parts.join(", ")}`, extent: { parts } }];
      }),
};

/** The public cloud, which is the SDK's default, or the cloud that the stack's settings select. */
const isUsual = (cloud: unknown, { settings }: AccessModel): boolean =>
  cloud === "public" ||
  Object.entries(settings).some(
    ([key, value]) => /(^|\s)(azuread|azure-native):environment$/.test(key) && value === cloud,
  );

/** The settings that select the identity, the tenant and the cloud. */
export const decidesAboutProvider = (setting: string): boolean => deciding.test(setting);

const deciding = /environment|tenant|client|subscription|metadata|endpoint|oidc|msi|cli|certificate|token|partner/i;

/** The values that the SDK sets if the program sets none. */
const unset: readonly unknown[] = [undefined, null, "", false, "false"];
