import type { DeploymentResult } from "@microservice-identities/engine/deployment/stack";
import { differencesOf, type ProofReport } from "@microservice-identities/proof/report";
import { landscapePicture, mostArrows, tooManyArrows } from "@microservice-identities/review/report/landscapePicture";
import { escaped, inlineSvg, page } from "@microservice-identities/review/report/page";
import { seconds } from "./terminal";

export interface PageContent {
  readonly stack: string;
  readonly report: ProofReport;
  readonly deployment: Omit<DeploymentResult, "outputs">;
  /** Milliseconds of each phase, by its name. */
  readonly phases: Readonly<Record<string, number>>;
}

/** A page without scripts, fonts or external files. */
export async function landscapePage({ stack, report, deployment, phases }: PageContent): Promise<string> {
  const shown = report.calls.filter((call) => call.declared.length > 0 || call.differences.length > 0);
  const arrows = shown.map((call) => ({ ...call, roles: call.declared, wrong: call.differences.length > 0 }));
  const picture =
    arrows.length <= mostArrows
      ? `<figure>${inlineSvg(await landscapePicture(report.services, arrows), "The landscape")}<figcaption>An arrow is a declared call, with the app roles that its token contains.</figcaption></figure>`
      : `<p>The picture is left out: ${escaped(tooManyArrows(arrows.length)).replace(/`(.*?)`/, "<code>$1</code>")}.</p>`;
  const differences = differencesOf(report);
  const holds = differences.length === 0;
  const foreign = report.vaults.filter(({ reader, vault }) => reader !== vault);
  const kinds = Object.entries(deployment.resources)
    .map(([type, count]) => `<li>${count} ${escaped(type.split(":").pop() ?? type)}</li>`)
    .join("");
  const times = Object.entries(phases)
    .map(([name, time]) => `<li>${escaped(name)}: ${seconds(time)}</li>`)
    .join("");
  return page({
    title: `Landscape of stack ${stack}`,
    body: `<p class="${holds ? "holds" : "wrong"}">${holds ? "As declared: every declared call works with exactly its roles, everything else is refused." : `Not as declared: ${differences.length} difference(s).`}</p>
${holds ? "" : `<ul class="wrong">${differences.map((each) => `<li>${escaped(each)}</li>`).join("")}</ul>`}
${picture}
${report.services.length <= mostColumns ? everyCall(report) : declaredCalls(report, shown)}
<h2>Vaults</h2>
<p>${foreign.filter(({ differences: d }) => d.length === 0).length} of ${foreign.length} reads of another service's vault were refused with 403.</p>
<h2>Deployed</h2>
<p>With ${escaped(deployment.engine)}.</p>
<ul class="columns">${kinds}</ul>
<h2>Time</h2>
<ul>${times}</ul>`,
  });
}

/** A matrix of 400 services would have 160,000 cells. */
const mostColumns = 100;

function everyCall(report: ProofReport): string {
  const head = report.services.map((api) => `<th scope="col">${escaped(api)}</th>`).join("");
  const rows = report.services.map(
    (caller) =>
      `<tr><th scope="row">${escaped(caller)}</th>${report.services.map((api) => cell(report, caller, api)).join("")}</tr>`,
  );
  return `<h2>Every call</h2>
<p>Each row is a caller, and each column an API for which the caller requested a token.</p>
<div class="scroll"><table class="matrix">
<thead><tr><td></td>${head}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table></div>`;
}

/** For large landscapes, in place of the matrix. */
function declaredCalls({ calls }: ProofReport, shown: ProofReport["calls"]): string {
  const others = calls.filter(({ declared }) => declared.length === 0);
  const refused = others.filter(({ differences }) => differences.length === 0);
  const rows = shown.map(
    (call) => `<tr><th scope="row">${escaped(call.caller)}</th><td>${escaped(call.api)}</td>${cellOf(call)}</tr>`,
  );
  return `<h2>Declared calls</h2>
<p>Each row is a caller, an API for which it requested a token, and what it got. ${refused.length} of ${others.length} calls that are not declared were refused.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">caller</th><th scope="col">API</th><th scope="col">got</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table></div>`;
}

function cell({ calls }: ProofReport, caller: string, api: string): string {
  const call = calls.find((each) => each.caller === caller && each.api === api);
  return call ? cellOf(call) : '<td class="self"></td>';
}

function cellOf(call: ProofReport["calls"][number]): string {
  const text = Array.isArray(call.got)
    ? call.got.map(escaped).join("<br>") || "no role"
    : call.got === "AADSTS501051"
      ? "refused"
      : escaped(String(call.got));
  const kind = call.differences.length > 0 ? "wrong" : call.declared.length > 0 ? "holds" : "refused";
  const title = escaped(
    call.differences.join("\n") ||
      `${call.caller} → ${call.api}: ${Array.isArray(call.got) ? call.got.join(", ") : call.got}`,
  );
  return `<td class="${kind}" title="${title}">${text}</td>`;
}
