import { readingOnly } from "@microservice-identities/review/roleName";
import type { Finding } from "@microservice-identities/review/rule";
import { evidenceOf, unusedGrant, unusedMessage, whatToDo } from "@microservice-identities/review/rules/unusedGrant";
import { ofGrant } from "@microservice-identities/review/subject";
import type { GrantState, GrantUse, SavedUsage } from "@microservice-identities/review/usage/savedUsage";
import { refusedCall, usageRules } from "@microservice-identities/review/usageRules";
import { noWaivers, type WaivedFinding, type Waivers, waive } from "@microservice-identities/review/waivers";
import { counted } from "@microservice-identities/validation/counted";
import { isMicrosoftName } from "./apiNamed";
import type { DeclaredGrant, DeclaredUse } from "./grants";
import { type LandscapeFile, patchOf } from "./landscapeEdit";
import type { RoleEdit } from "./landscapeText";

/** A finding, and the edit of the landscape that resolves it. */
export interface UsageFinding extends Finding {
  readonly edit?: RoleEdit;
  /** The edit as a patch; absent if no file of the project declares the call. */
  readonly patch?: string;
}

export interface UsageReport {
  readonly usage: SavedUsage;
  readonly findings: readonly (UsageFinding | Finding)[];
  readonly waived: readonly WaivedFinding[];
  /** Grants with too little evidence. */
  readonly unknown: readonly GrantUse[];
}

/** The findings about a stack's grants, with their edits. */
export function usageReport(
  usage: SavedUsage,
  declared: DeclaredUse,
  files: readonly LandscapeFile[],
  waivers: Waivers = noWaivers,
): UsageReport {
  const all = [...grantFindings(usage, declared, files), ...refusedFindings(usage, declared, files)];
  const { findings, waived } = waive(all, waivers, usage, usageRules);
  return { usage, findings, waived, unknown: usage.grants.filter(({ state }) => state === "unknown") };
}

function grantFindings(usage: SavedUsage, { grants }: DeclaredUse, files: readonly LandscapeFile[]): UsageFinding[] {
  return usage.grants.flatMap((use, index) => {
    const message = unusedMessage(use);
    const grant = grants[index];
    if (!message || !grant) return [];
    const { names, text } = ofGrant(use);
    const edit = editFor(use, grant);
    return [
      {
        rule: unusedGrant.id,
        severity: unusedGrant.severity,
        subject: text,
        about: names,
        message,
        remedy: `${whatToDo(use)}. ${evidenceOf(use, usage, usage.today)}`,
        ...withPatch(files, edit),
      },
    ];
  });
}

function editFor({ state, role }: GrantUse, { inLandscape, api }: DeclaredGrant): RoleEdit | undefined {
  if (state === "unused") return { ...inLandscape, remove: role };
  const smaller = readingOnly(role, api.roles);
  return smaller === undefined ? undefined : { ...inLandscape, remove: role, add: smaller };
}

/** Entra's error if the API requires an assignment and the client has none. https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const notAssigned = "AADSTS501051";

/** Whether a known caller was refused because it lacks a grant. Microsoft's own APIs refuse for other reasons: no landscape grants them. */
export const isMissingGrant = ({ caller, api, code }: SavedUsage["refused"][number]): boolean =>
  caller !== "" && !isMicrosoftName(api) && (code === "role_missing" || code === notAssigned);

/** Of all refusals, those of a known client that lacks a grant. */
function refusedFindings(
  usage: SavedUsage,
  { grants, services }: DeclaredUse,
  files: readonly LandscapeFile[],
): UsageFinding[] {
  const inLandscape = new Map([
    ...grants.map((each) => [each.api.name, each.inLandscape.api] as const),
    ...services.map((each) => [each.name, each.inLandscape] as const),
  ]);
  return usage.refused.filter(isMissingGrant).map(({ caller, api, role, code, count, last }): UsageFinding => {
    const { names, text } = ofGrant({ caller, api, role: role || "no role" });
    const [from, to] = [inLandscape.get(caller), inLandscape.get(api)];
    const edit = from && to && role ? { caller: from, api: to, add: role } : undefined;
    return {
      rule: refusedCall.id,
      severity: refusedCall.severity,
      subject: text,
      about: names,
      message:
        code === notAssigned ? "was refused a token: it holds no role" : "was refused: it does not hold the role",
      remedy: `${refusedCall.remedy} Evidence: ${counted(count, "time")}, last on ${last}.`,
      ...withPatch(files, edit),
    };
  });
}

function withPatch(files: readonly LandscapeFile[], edit: RoleEdit | undefined): Pick<UsageFinding, "edit" | "patch"> {
  if (!edit) return {};
  const patch = patchOf(files, edit);
  return { edit, ...(patch === undefined ? {} : { patch }) };
}

/** 0: no findings; 1: findings; 2: no findings, but too little evidence for some grants. */
export const usageExitCode = ({ findings, unknown }: UsageReport): number =>
  findings.length > 0 ? 1 : unknown.length > 0 ? 2 : 0;

/** The edit in words, for a call that no file declares. */
export function editInWords({ caller, api, remove, add }: RoleEdit): string {
  if (remove === undefined) return `add the role ${add} to the call of ${caller} to ${api}`;
  return add === undefined
    ? `remove the role ${remove} from the call of ${caller} to ${api}`
    : `replace the role ${remove} by ${add} in the call of ${caller} to ${api}`;
}

/** What each state means, in the order of the report. */
export const statesInWords: Readonly<Record<GrantState, string>> = {
  unused: "never used",
  reads: "used only to read",
  token: "tokens were requested; which of the roles were used is not known",
  unknown: "too little is recorded",
  young: "too new to judge",
  used: "used",
};

/** The last line of every report: its conclusion. */
export function conclusion({ usage, findings, unknown }: UsageReport): string {
  const { stack, grants, from, until, leastDays } = usage;
  const period = until < from ? `nothing has been recorded since ${from}` : `from ${from}, recorded until ${until}`;
  const inState = (state: GrantState) => grants.filter((each) => each.state === state).length;
  const [used, token, young] = [inState("used"), inState("token"), inState("young")];
  const unclear = unknown.filter(({ reason }) => reason !== undefined).length;
  const tooFew = unknown.length - unclear;
  const parts = [
    `${inState("unused")} never used`,
    `${inState("reads")} used only to read`,
    `${used} used`,
    ...(token > 0 ? [`${token} with only their tokens recorded`] : []),
    ...(young > 0 ? [`${young} too new`] : []),
    ...(tooFew > 0
      ? [`${tooFew} not known: ${leastDays === 1 ? "no day was" : `fewer than ${leastDays} days were`} recorded`]
      : []),
    ...(unclear > 0 ? [`${unclear} not known for a different reason`] : []),
  ];
  const refused = findings.filter(({ rule }) => rule === refusedCall.id).length;
  const attempts = counted(refused, "refused call");
  return `Of the ${counted(grants.length, "grant")} of ${stack} (${period}): ${parts.join(", ")}; ${attempts}.`;
}
