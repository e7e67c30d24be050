import { randomUUID } from "node:crypto";
import type { ResourceType } from "./resourceType";

/**
 * An explicit provider of the program. It signs in with the environment variables. With any argument it would sign in
 * differently, which needs a Pulumi CLI.
 */
export const providerTypes: Record<string, ResourceType> = {
  "pulumi:providers:azuread": {
    // Properties that the SDK adds itself.
    inputs: ["environment", "useMsi", "version"],
    replaceOn: [],
    create: async (_azure, inputs) => ({ id: randomUUID(), outputs: inputs }),
    update: async (_azure, _before, inputs) => inputs,
    delete: async () => {},
    read: async () => ({}),
  },
};
