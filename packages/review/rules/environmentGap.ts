import type { Rule } from "../rule";
import { keyOf, ofGrant } from "../subject";

export const environmentGap: Rule = {
  id: "environment-gap",
  compares: true,
  severity: "medium",
  rationale: "A grant that is missing from the earlier environment has never been tested there.",
  remedy: "Deploy and prove the grant in the earlier environment first.",
  check: ({ model, stack, beside }) => {
    if (!beside) return [];
    const plain = (name: string, of: string) => (name.endsWith(`-${of}`) ? name.slice(0, -of.length - 1) : name);
    const there = new Set(
      beside.model.grants.map(({ caller, api, role }) =>
        keyOf(plain(caller, beside.stack), plain(api, beside.stack), role),
      ),
    );
    return model.grants
      .filter(({ caller, api, role }) => !there.has(keyOf(plain(caller, stack), plain(api, stack), role)))
      .map(({ caller, api, role }) => ({
        subject: ofGrant({ caller, api, role }),
        message: `is not granted in ${beside.stack}`,
      }));
  },
};
