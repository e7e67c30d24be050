import { settingKeys } from "../change";
import type { Rule } from "../rule";
import { ofSetting } from "../subject";

/** Protecting settings, and the consequence of removing each. */
const protecting: Readonly<Record<string, string>> = {
  production: "the rules for production do not apply",
  protect: "registrations, identities and vaults can be deleted",
  vault: "vaults are protected differently",
  credential: "services sign in with a different kind of credential",
  services: "services sign in with a different kind of credential",
  rotation: "secrets rotate differently",
};

export const loosenedSetting: Rule = {
  id: "loosened-setting",
  compares: true,
  severity: "medium",
  rationale: "Settings protect the stack as much as the program does, and one changed line can remove this protection.",
  remedy: "Explain in the pull request why the setting changes, or revert the change.",
  check: ({ model, before }) =>
    before
      ? settingKeys(before.model, model)
          .filter((key) => before.model.settings[key] !== model.settings[key])
          .flatMap((key) => {
            const meaning = protecting[key.split(":").at(-1) ?? ""];
            if (meaning === undefined) return [];
            const was = before.model.settings[key] ?? "not set";
            const now = model.settings[key] ?? "not set";
            return [{ subject: ofSetting(key), message: `was ${was}, and is now ${now}: ${meaning}` }];
          })
      : [],
};
