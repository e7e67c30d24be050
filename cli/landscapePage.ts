import type { DeploymentResult } from "@microservice-identities/engine/deployment/stack";
import { differencesOf, type ProofReport } from "@microservice-identities/proof/report";
import { landscapePicture } from "@microservice-identities/review/report/landscapePicture";
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
  const svg = inlineSvg(await landscapePicture(report.services, arrows), "The landscape");
  const differences = differencesOf(report);
  const holds = differences.length === 0;
  const head = report.services.map((api) => `<th scope="col">${escaped(api)}</th>`).join("");
  const rows = report.services
    .map(
      (caller) =>
        `<tr><th scope="row">${escaped(caller)}</th>${report.services.map((api) => cell(report, caller, api)).join("")}</tr>`,
    )
    .join("\n");
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
<figure>${svg}<figcaption>An arrow is a declared call, with the app roles that its token contains.</figcaption></figure>
<h2>Every call</h2>
<p>Each row is a caller, and each column an API for which the caller requested a token.</p>
<div class="scroll"><table class="matrix">
<thead><tr><td></td>${head}</tr></thead>
<tbody>
${rows}
</tbody>
</table></div>
<h2>Vaults</h2>
<p>${foreign.filter(({ differences: d }) => d.length === 0).length} of ${foreign.length} reads of another service's vault were refused with 403.</p>
<h2>Deployed</h2>
<p>With ${escaped(deployment.engine)}.</p>
<ul class="columns">${kinds}</ul>
<h2>Time</h2>
<ul>${times}</ul>`,
  });
}

function cell({ calls }: ProofReport, caller: string, api: string): string {
  const call = calls.find((each) => each.caller === caller && each.api === api);
  if (!call) return '<td class="self"></td>';
  const text = Array.isArray(call.got)
    ? call.got.map(escaped).join("<br>") || "no role"
    : call.got === "AADSTS501051"
      ? "refused"
      : escaped(String(call.got));
  const kind = call.differences.length > 0 ? "wrong" : call.declared.length > 0 ? "holds" : "refused";
  const title = escaped(
    call.differences.join("\n") || `${caller} → ${api}: ${Array.isArray(call.got) ? call.got.join(", ") : call.got}`,
  );
  return `<td class="${kind}" title="${title}">${text}</td>`;
}
