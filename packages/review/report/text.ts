import Table from "cli-table3";
import type { AccessModel, Grant } from "../accessModel";
import type { AccessChange, Difference } from "../change";
import type { Review } from "../review";
import type { Finding } from "../rule";
import { capped } from "./capped";

/** For a terminal of 100 columns. */
export function reviewText(review: Review): string {
  const { model, change } = review;
  return [
    ...(model.grants.length > mostGrants
      ? [
          `${model.grants.length} grants of ${model.services.length} services: more than ${mostGrants} are not shown here; --out review.html has all.`,
        ]
      : [...matrixLines(model), "Who may call whom, with which app roles, and why:", "", grantTable(model.grants)]),
    ...(change ? ["", "What the change does:", ...changeLines(change).map((line) => `  ${line}`)] : []),
    "",
    findingsText(review),
  ].join("\n");
}

/** What breaks least privilege, and what is waived. */
export function findingsText({ findings, waived, change, newFindings }: Review): string {
  const added = new Set(change && newFindings);
  return [
    findings.length === 0
      ? "No rule is broken."
      : `${findings.length} findings${change ? `, ${newFindings.length} of them new` : ""}:`,
    ...groupsOf(findings).flatMap((group) => {
      const newFirst = [...group.filter((each) => added.has(each)), ...group.filter((each) => !added.has(each))];
      return [
        ...capped(
          newFirst.map((finding) => findingLine(finding, added.has(finding))),
          mostOfRule,
          restOfRule,
        ),
        `          ${group[0]?.remedy}`,
      ];
    }),
    ...(waived.length === 0 ? [] : ["", `${waived.length} waived:`]),
    ...waived.flatMap(({ rule, subject, message, waiver: { reason, owner, until } }) => [
      `  ${subject} ${message} (${rule})`,
      `          until ${until} by ${owner}: ${reason}`,
    ]),
  ].join("\n");
}

/** Of a company's thousand services, nobody reads each row in a terminal. */
const mostGrants = 200;
const mostOfRule = 20;

const restOfRule = (more: number): string => `          and ${more} more of this rule; --out review.html has all`;

const width = 100;

/** A row a caller, a column an API; nothing when that is wider than the terminal. */
function matrixLines({ services, grants }: AccessModel): string[] {
  const apis = [...new Set(grants.map(({ api }) => api))].sort();
  const names = Math.max(...services.map((service) => service.length), "caller \\ API".length);
  // A cell is at least as wide as the API's name, and three more. What is far too wide need not be drawn to know it.
  if (apis.reduce((sum, api) => sum + api.length + 3, names + 4) > width) return [];
  const table = new Table({ head: ["caller \\ API", ...apis], style: { head: [], border: [] } });
  for (const caller of services) table.push([caller, ...apis.map((api) => rolesAt(grants, caller, api).join("\n"))]);
  const text = table.toString();
  return text.split("\n").some((line) => line.length > width) ? [] : [text, ""];
}

const rolesAt = (grants: readonly Grant[], caller: string, api: string): string[] =>
  grants.filter((grant) => grant.caller === caller && grant.api === api).map(({ role }) => role);

function grantTable(grants: readonly Grant[]): string {
  const table = new Table({
    head: ["caller", "API", "role", "because"],
    style: { head: [], border: [] },
    colWidths: [19, 19, 20, 37],
    wordWrap: true,
  });
  for (const { caller, api, role, because = "", until } of grants)
    table.push([caller, api, role, until ? `${because} (until ${until})` : because]);
  return table.toString();
}

/** A line for each thing that comes (+) or goes (-). */
export function changeLines({ services, roles, grants, readers, credentials, reach }: AccessChange): string[] {
  const lines = <T>({ added, removed }: Difference<T>, text: (item: T) => string) => [
    ...added.map((item) => `+ ${text(item)}`),
    ...removed.map((item) => `- ${text(item)}`),
  ];
  const all = [
    ...lines(services, (service) => `service ${service}`),
    ...lines(roles, (role) => `app role ${role}`),
    ...lines(
      grants,
      ({ caller, api, role, because }) => `${caller} may call ${api} with ${role}${because ? `: ${because}` : ""}`,
    ),
    ...lines(readers, (reader) => `vault reader ${reader}`),
    ...lines(credentials, (credential) => `credential of ${credential}`),
    ...lines(reach, String),
  ];
  return all.length > 0 ? all : ["nothing: nobody may do more or less than before"];
}

/** Neighbours with the same remedy: it is said once. */
const groupsOf = (findings: readonly Finding[]): Finding[][] =>
  findings.reduce<Finding[][]>((groups, finding) => {
    const last = groups.at(-1);
    if (last?.[0]?.rule === finding.rule && last[0].remedy === finding.remedy) last.push(finding);
    else groups.push([finding]);
    return groups;
  }, []);

const findingLine = ({ severity, rule, subject, message }: Finding, isNew: boolean): string =>
  `  ${severity.padEnd(6)}  ${subject} ${message} (${rule}${isNew ? ", new" : ""})`;
