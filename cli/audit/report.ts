import { visible } from "@microservice-identities/review/report/visible";
import { type Audit, type Extra, extraKinds } from "./extra";

export const auditFormats = ["text", "json", "sarif", "html"] as const;
export type AuditFormat = (typeof auditFormats)[number];

/** 0: everything is declared; 1: something is not; 2: something could not be looked at. */
export const exitCodeFor = ({ extras, unseen }: Audit): number => (extras.length > 0 ? 1 : unseen.length > 0 ? 2 : 0);

/** What the audit says in one sentence, and no more than it knows. */
export function conclusionOf({ looked: { registrations, principals, vaults }, extras, unseen }: Audit): string {
  const where = `${registrations} registrations, ${principals} principals and ${vaults} vaults`;
  const said =
    extras.length === 0
      ? `Nothing gives access to ${where} that no deployment made`
      : `Of what gives access to ${where}, ${extras.length === 1 ? "one thing was" : `${extras.length} things were`} made by no deployment`;
  return unseen.length === 0
    ? `${said}.`
    : `${said}, as far as it could be looked at: ${unseen.length} of the questions above have no answer.`;
}

const ordered = (extras: readonly Extra[]): Extra[] =>
  [...extras].sort(
    (one, other) =>
      extraKinds.indexOf(one.kind) - extraKinds.indexOf(other.kind) ||
      one.of.localeCompare(other.of) ||
      one.allows.localeCompare(other.allows),
  );

export function auditText(audit: Audit): string {
  const extras = ordered(audit.extras).flatMap(({ kind, of, allows, since, takeOver, remove }) => [
    visible(`${kind} of ${of}: ${allows}${since ? `, since ${since}` : ""}`),
    ...(takeOver ? [`  take over: ${visible(takeOver)}`] : []),
    `  remove:    ${visible(remove)}`,
  ]);
  const unseen = audit.unseen.map(({ what, why }) => visible(`not looked at: ${what} (needs ${why})`));
  return [...extras, ...unseen, ...(extras.length + unseen.length > 0 ? [""] : []), conclusionOf(audit)].join("\n");
}

export const auditJson = (audit: Audit): string =>
  `${JSON.stringify({ ...audit, extras: ordered(audit.extras), conclusion: conclusionOf(audit) }, null, 2)}\n`;

/** For code scanning: SARIF 2.1.0. An extra is in no file, so each is at the stack's settings. */
export function auditSarif(audit: Audit, settingsFile: string): string {
  const ruleOf = (kind: string) => `undeclared-${kind.toLowerCase().replaceAll(" ", "-")}`;
  const log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "access-audit", rules: extraKinds.map((kind) => ({ id: ruleOf(kind) })) } },
        results: ordered(audit.extras).map(({ kind, of, allows, remove }) => ({
          ruleId: ruleOf(kind),
          level: "error",
          message: { text: visible(`${of}: ${allows}. To remove it: ${remove}`) },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: settingsFile, uriBaseId: "%SRCROOT%" },
                region: { startLine: 1 },
              },
              logicalLocations: [{ name: visible(of) }],
            },
          ],
          partialFingerprints: { "removal/v1": remove },
        })),
        invocations: [
          {
            executionSuccessful: audit.unseen.length === 0,
            toolExecutionNotifications: audit.unseen.map(({ what, why }) => ({
              level: "warning",
              message: { text: visible(`not looked at: ${what} (needs ${why})`) },
            })),
          },
        ],
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** A page without scripts. */
export function auditHtml(audit: Audit, title: string): string {
  const rows = ordered(audit.extras).map(
    ({ kind, of, allows, since = "", takeOver, remove }) =>
      `<tr><th scope="row">${html(kind)}</th><td>${html(of)}</td><td>${html(allows)}</td><td>${html(since)}</td><td>${takeOver ? `<code>${html(takeOver)}</code>` : ""}</td><td><code>${html(remove)}</code></td></tr>`,
  );
  const head = ["kind", "of", "allows", "since", "take over", "remove"].map((each) => `<th scope="col">${each}</th>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${html(title)}</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; }
th, td { border-bottom: 1px solid; padding: 0.4rem 0.8rem; text-align: left; vertical-align: top; }
code { overflow-wrap: anywhere; }
</style></head><body>
<h1>${html(title)}</h1>
<p><strong>${html(conclusionOf(audit))}</strong></p>
${rows.length > 0 ? `<div class="scroll" tabindex="0"><table><thead><tr>${head.join("")}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>` : ""}
${audit.unseen.length > 0 ? `<h2>Not looked at</h2><ul>${audit.unseen.map(({ what, why }) => `<li>${html(what)}: needs ${html(why)}</li>`).join("")}</ul>` : ""}
</body></html>
`;
}

const html = (text: string): string =>
  visible(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
