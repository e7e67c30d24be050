import { isByRole, type OpenedPath, openedPaths } from "../paths/openedPaths";
import { pathText } from "../paths/step";
import { type Breach, type Rule, type Severity, severities } from "../rule";
import { ofCall } from "../subject";

export const openedPath: Rule = {
  id: "opened-path",
  compares: true,
  severity: "high",
  rationale:
    "Each step of a path can look harmless. Together, the steps let somebody become a service with its roles, or take over the whole tenant.",
  remedy: "Remove one step of the path, or accept the finding with a waiver whose owner watches the path.",
  check: ({ model, before }) => {
    const found = new Map<string, Breach>();
    for (const path of before ? openedPaths(before.model, model) : []) {
      const { from, to } = path.by;
      const subject = ofCall({ caller: from.name, api: to.name });
      const other = found.get(subject.text);
      found.set(subject.text, other ? together(other, breachOf(path)) : { ...breachOf(path), subject });
    }
    return [...found.values()];
  },
};

type Judged = Pick<Breach, "message"> & { readonly severity: Severity };

const breachOf = (path: OpenedPath): Judged => ({
  severity: severityOf(path),
  message: `${openedText(path)}. ${path.by.how}`,
});

/**
 * A party that reaches tier 0 controls the tenant, and no finding about a single step shows this. For a path to an API role, the step that
 * opens it has its own finding, with the severity of this step.
 */
function severityOf(path: OpenedPath): Severity {
  const { toTierZero, isShorter, byWorkload } = path;
  if (toTierZero) return isShorter ? "medium" : "high";
  return isShorter || byWorkload || isByRole(path) ? "low" : "medium";
}

/** For example `opens a path to 3 API roles: a → b → c, and to others`. */
export function openedText({ steps, targets, others, toTierZero, isShorter }: OpenedPath): string {
  const what = toTierZero ? "tier 0" : targets === 1 ? "an API role" : `${targets} API roles`;
  const more = [
    ...(targets > 1
      ? [`and ${targets - 1} more ${targets === 2 ? "role" : "roles"}${toTierZero ? " of tier 0" : ""}`]
      : []),
    ...(others > 0 ? [`${others} ${others === 1 ? "other" : "others"} can take it too`] : []),
  ];
  return `${isShorter ? "shortens" : "opens"} a path to ${what}: ${pathText(steps)}${more.length > 0 ? ` (${more.join("; ")})` : ""}`;
}

const together = (one: Breach, other: Judged): Breach => ({
  ...one,
  severity:
    severities.indexOf(other.severity) > severities.indexOf(one.severity ?? "low") ? other.severity : one.severity,
  message: `${one.message} It also ${other.message}`,
});
