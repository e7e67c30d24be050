import { counted } from "@microservice-identities/validation/counted";
import { agoInWords, daysBetween } from "@microservice-identities/validation/days";
import type { Rule } from "../rule";
import { keyOf, ofGrant } from "../subject";
import type { GrantUse, SavedUsage } from "../usage/savedUsage";

/** A grant that a usage report calls unused, or used only to read. Without a report it finds nothing. */
export const unusedGrant: Rule = {
  id: "unused-grant",
  severity: "medium",
  rationale:
    "A role that its caller never uses helps nobody but an attacker who has the caller's credential. The finding needs a usage report (`--usage`). It contains the period and the age of its evidence.",
  remedy: "Remove the role from the call; `npm run usage` prints the edit of the landscape.",
  needsUsage: true,
  check: ({ model, usage, today }) => {
    if (!usage) return [];
    const uses = new Map(usage.grants.map((use) => [keyOf(use.caller, use.api, use.role), use]));
    return model.grants.flatMap(({ caller, api, role }) => {
      const use = uses.get(keyOf(caller, api, role));
      const message = use && unusedMessage(use);
      if (!use || !message) return [];
      return [
        {
          subject: ofGrant({ caller, api, role }),
          message,
          remedy: `${whatToDo(use)}; ${edit} ${evidenceOf(use, usage, today)}`,
        },
      ];
    });
  },
};

/** Without figures that change every day: a waiver accepts this message. `undefined` for a grant that is not unused. */
export function unusedMessage({ state }: Pick<GrantUse, "state">): string | undefined {
  if (state === "unused") return "was never used";
  if (state === "reads") return "was used only to read, and allows more";
  return undefined;
}

/** What to do about a grant that is not used, without the edit. */
export const whatToDo = ({ state }: Pick<GrantUse, "state">): string =>
  state === "reads"
    ? "Grant a role that only reads, and let the API's read operations require it"
    : "Remove the role from the call";

const edit = "`npm run usage` prints the edit of the landscape.";

/** For example `Evidence: recorded by the API's guard on 60 of the 90 days from 2026-08-27 to 2026-11-24, which is 1 day ago.` */
export function evidenceOf({ days, by }: GrantUse, { from, until }: Pick<SavedUsage, "from" | "until">, today: string) {
  const source = by === "guard" ? "by the API's guard" : "in the requests for tokens";
  return `Evidence: recorded ${source} on ${days} of the ${counted(daysBetween(from, until) + 1, "day")} from ${from} to ${until}, which is ${agoInWords(until, today)}.`;
}
