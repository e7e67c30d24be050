import { randomInt, randomUUID } from "node:crypto";
import type { ResourceType } from "./resourceType";

const letters = "abcdefghijklmnopqrstuvwxyz";

export const randomTypes: Record<string, ResourceType> = {
  "random:index/randomUuid:RandomUuid": {
    inputs: ["keepers"],
    replaceOn: "all",
    async create() {
      const result = randomUUID();
      return { id: result, outputs: { result } };
    },
    async delete() {},
    read: async (_azure, id) => ({ result: id }),
  },

  "random:index/randomString:RandomString": {
    inputs: ["length", "upper", "lower", "numeric", "special", "keepers"],
    replaceOn: "all",
    async create(_azure, inputs) {
      if (inputs.special !== false) throw new Error("special: only false works without a Pulumi CLI");
      const characters = [
        inputs.lower === false ? "" : letters,
        inputs.upper === false ? "" : letters.toUpperCase(),
        inputs.numeric === false ? "" : "0123456789",
      ].join("");
      const result = Array.from({ length: Number(inputs.length) }, () => characters[randomInt(characters.length)]).join(
        "",
      );
      return { id: result, outputs: { result } };
    },
    async delete() {},
    read: async (_azure, id) => ({ result: id }),
  },
};
