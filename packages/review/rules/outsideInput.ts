import { readByProgram } from "@microservice-identities/engine/evaluation/stackSettings";
import { settingKeys } from "../change";
import type { Rule } from "../rule";
import { ofName } from "../subject";

export const outsideInput: Rule = {
  id: "outside-input",
  compares: true,
  severity: "high",
  rationale:
    "The program reads something that neither the project nor its settings contain. In a deployment it can have a different value from the one in this review, and the program can create different resources.",
  remedy:
    "Read the value from the stack's settings, or check what the program does with it; if that is acceptable, add a waiver.",
  check: ({ model, before }) =>
    before
      ? settingKeys(before.model, model)
          .filter((key) => key.includes(readByProgram))
          .flatMap((key) => {
            const old = before.model.settings[key]?.split(", ") ?? [];
            const added = model.settings[key]?.split(", ").filter((file) => !old.includes(file)) ?? [];
            const subject = ofName(key.replace(readByProgram, ""));
            return added.map((file) => ({
              subject,
              at: { file },
              message: `is read by ${file}, which did not read it before`,
            }));
          })
      : [],
};
