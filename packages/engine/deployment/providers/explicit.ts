import { randomUUID } from "node:crypto";
import type { ResourceType } from "./resourceType";

/**
 * A provider as a resource of the program: it signs in as the environment says. Any argument would say something else,
 * and needs a CLI.
 */
export const providerTypes: Record<string, ResourceType> = {
  "pulumi:providers:azuread": {
    // What the SDK writes out of its own accord.
    inputs: ["environment", "useMsi", "version"],
    replaceOn: [],
    create: async (_azure, inputs) => ({ id: randomUUID(), outputs: inputs }),
    update: async (_azure, _before, inputs) => inputs,
    delete: async () => {},
    read: async () => ({}),
  },
};
