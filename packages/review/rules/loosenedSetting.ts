import { settingKeys } from "../change";
import type { Rule } from "../rule";
import { ofName } from "../subject";

/** A setting that protects, and what it protects from when it is taken off. */
const protecting: Readonly<Record<string, string>> = {
  production: "the rules for production do not apply",
  protect: "what others rely on can be deleted",
  vault: "vaults are kept otherwise than before",
  credential: "services prove otherwise who they are",
  services: "services prove otherwise who they are",
  rotation: "secrets are renewed otherwise than before",
};

export const loosenedSetting: Rule = {
  id: "loosened-setting",
  compares: true,
  severity: "medium",
  rationale: "A setting protects as much as the program does, and is changed in one line.",
  remedy: "Say in the pull request why the setting changes, or take the change back.",
  check: ({ model, before }) =>
    before
      ? settingKeys(before.model, model)
          .filter((key) => before.model.settings[key] !== model.settings[key])
          .flatMap((key) => {
            const meaning = protecting[key.split(":").at(-1) ?? ""];
            if (meaning === undefined) return [];
            const was = before.model.settings[key] ?? "not set";
            const now = model.settings[key] ?? "not set";
            return [{ subject: ofName(key), message: `was ${was}, and is ${now}: ${meaning}` }];
          })
      : [],
};
