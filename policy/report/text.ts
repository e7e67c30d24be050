import Table from "cli-table3";
import type { Grant } from "../accessModel";
import type { AccessChange, Difference } from "../change";
import type { Review } from "../review";
import type { Finding } from "../rule";

/** For a terminal of 100 columns. */
export function reviewText({ model, findings, change, newFindings }: Review): string {
  return [
    "Who may call whom, with which app roles, and why:",
    "",
    grantTable(model.grants),
    ...(change ? ["", "What the change does:", ...changeLines(change).map((line) => `  ${line}`)] : []),
    "",
    findings.length === 0
      ? "No rule is broken."
      : `${findings.length} findings${change ? `, ${newFindings.length} of them new` : ""}:`,
    ...findings.flatMap((finding) => findingLines(finding, change !== undefined && newFindings.includes(finding))),
  ].join("\n");
}

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
export function changeLines({ services, roles, grants, readers, credentials }: AccessChange): string[] {
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
  ];
  return all.length > 0 ? all : ["nothing: nobody may do more or less than before"];
}

const findingLines = ({ severity, rule, subject, message, remedy }: Finding, isNew: boolean): string[] => [
  `  ${severity.padEnd(6)}  ${subject} ${message} (${rule}${isNew ? ", new" : ""})`,
  `          ${remedy}`,
];
