import { daysBetween } from "@microservice-identities/validation/days";
import type { AccessModel, ServiceCredential } from "../accessModel";
import { reachIn } from "../reach";
import type { Review } from "../review";
import { type Finding, severities } from "../rule";
import { rules } from "../rules";
import { keyOf } from "../subject";
import { changeLines } from "./changeLines";
import type { ReportContext } from "./context";
import { landscapePicture } from "./landscapePicture";
import { escaped, inlineSvg, page } from "./page";

/** A larger landscape takes minutes to lay out. */
const mostDrawn = 80;

/** The whole review as one page: to look at, to filter, to print. */
export async function reviewHtml(review: Review, _context: ReportContext = {}): Promise<string> {
  const { stack, today, model, findings, waived, change, newFindings } = review;
  const isDrawn = model.services.length <= mostDrawn;
  const counts = severities
    .toReversed()
    .map((severity) => `${findings.filter((finding) => finding.severity === severity).length} ${severity}`);
  return page({
    title: `Access review of stack ${stack}`,
    script: behaviour,
    body: [
      `<p>Judged by ${today}: ${model.services.length} services, ${model.grants.length} granted roles, findings: ${counts.join(", ")}; ${waived.length} waived.</p>`,
      '<label>Filter by service, API, role or rule<br><input type="search" id="filter" autocomplete="off"></label>',
      ...(isDrawn
        ? [
            `<figure>${inlineSvg(await picture(model), "Who may call whom")}<figcaption>An arrow is a grant, with its app roles. A service that is pointed at, clicked or reached with Tab shows its own calls.</figcaption></figure>`,
          ]
        : [
            `<p>Of more than ${mostDrawn} services neither picture nor matrix nor reach is shown: nobody could read it.</p>`,
          ]),
      ...(change ? ["<h2>What the change does</h2>", list(changeLines(change))] : []),
      ...(isDrawn ? ["<h2>Who may call whom</h2>", matrix(model)] : []),
      `<h2>Findings</h2>`,
      findings.length === 0 ? "<p>No rule is broken.</p>" : findingTable(findings, change ? newFindings : []),
      ...(waived.length === 0
        ? []
        : [
            "<h2>Waived</h2>",
            table(
              ["what", "rule", "until", "owner", "reason"],
              waived.map(({ subject, message, rule, waiver: { until, owner, reason } }) =>
                [`${subject} ${message}`, rule, until, owner, reason].map(escaped),
              ),
            ),
          ]),
      "<h2>Why</h2>",
      table(
        ["caller", "API", "role", "because", "until"],
        model.grants.map(({ caller, api, role, because = "", until = "" }) =>
          [caller, api, role, because, until].map(escaped),
        ),
      ),
      ...(isDrawn ? reachSection(model) : []),
      "<h2>When credentials end</h2>",
      timeline(model.credentials, today),
    ].join("\n"),
  });
}

function reachSection(model: AccessModel): string[] {
  const reachOf = reachIn(model);
  return [
    "<h2>Reach</h2>",
    "<p>What each service could have changed, by itself or through those that it calls, if it were taken over.</p>",
    table(
      ["service", "could have changed", "through"],
      model.services.flatMap((service) =>
        reachOf(service)
          .filter(({ writes }) => writes)
          .map((reach) => [service, `${reach.api} ${reach.role}`, reach.path().join(" → ")].map(escaped)),
      ),
    ),
  ];
}

function picture({ services, grants }: AccessModel): Promise<string> {
  const apis = grants.map(({ api }) => api).filter((api) => !services.includes(api));
  const callers = grants.map(({ caller }) => caller).filter((caller) => !services.includes(caller));
  const pairs = new Map<string, { caller: string; api: string; roles: string[] }>();
  for (const { caller, api, role } of grants) {
    const pair = pairs.get(keyOf(caller, api)) ?? { caller, api, roles: [] };
    pair.roles.push(role);
    pairs.set(keyOf(caller, api), pair);
  }
  return landscapePicture([...services, ...new Set([...apis, ...callers])], [...pairs.values()]);
}

function matrix({ services, grants }: AccessModel): string {
  const apis = [...new Set(grants.map(({ api }) => api))].sort();
  const cell = (caller: string, api: string) =>
    grants
      .filter((grant) => grant.caller === caller && grant.api === api)
      .map(({ role, because = "" }) => `<span title="${escaped(because)}">${escaped(role)}</span>`)
      .join("<br>");
  return table(
    ["caller \\ API", ...apis.map(escaped)],
    services.map((caller) => [escaped(caller), ...apis.map((api) => cell(caller, api))]),
    "matrix",
  );
}

const findingTable = (findings: readonly Finding[], fresh: readonly Finding[]): string =>
  table(
    ["severity", "what", "rule", "remedy"],
    findings.map((finding) => {
      const { severity, subject, message, rule, remedy } = finding;
      const rationale = rules.find(({ id }) => id === rule)?.rationale ?? "";
      return [
        `<span class="${severity}">${severity}</span>`,
        `${escaped(`${subject} ${message}`)}${fresh.includes(finding) ? ' <strong class="wrong">new</strong>' : ""}`,
        `<code title="${escaped(rationale)}">${escaped(rule)}</code>`,
        escaped(remedy),
      ];
    }),
  );

/** A bar from today to each credential's end; the longest is as long as they get. */
function timeline(credentials: readonly ServiceCredential[], today: string): string {
  const rows = credentials
    .flatMap(({ service, kind, name, ends }) =>
      ends === undefined ? [] : [{ service, kind, name, ends, days: daysBetween(today, ends) }],
    )
    .sort((one, other) => one.days - other.days || one.name.localeCompare(other.name));
  const longest = Math.max(1, ...rows.map(({ days }) => days));
  return table(
    ["service", "credential", "ends", "days", ""],
    rows.map(({ service, kind, name, ends, days }) => [
      escaped(service),
      escaped(`${kind} ${name}`),
      escaped(ends),
      days < 0 ? `<span class="wrong">ended</span>` : `${days}`,
      `<div class="bar"><div style="width:${Math.max(0, Math.round((days / longest) * 100))}%"></div></div>`,
    ]),
  );
}

/** The cells are HTML; the first of a row names it. */
function table(head: readonly string[], rows: readonly (readonly string[])[], kind = ""): string {
  const line = ([first, ...cells]: readonly string[]) =>
    `<tr><th scope="row">${first}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  return [
    `<div class="scroll"><table${kind ? ` class="${kind}"` : ""}>`,
    `<thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join("")}</tr></thead>`,
    `<tbody>${rows.map(line).join("\n")}</tbody>`,
    "</table></div>",
  ].join("\n");
}

const list = (lines: readonly string[]): string =>
  `<ul>${lines
    .map(
      (line) =>
        `<li class="${line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : ""}">${escaped(line)}</li>`,
    )
    .join("")}</ul>`;

/** Runs in the browser. Without it the page says the same. */
const behaviour = `
const nodes = [...document.querySelectorAll("g.node")];
const edges = [...document.querySelectorAll("g.edge")];
const rows = [...document.querySelectorAll("tbody tr")];
const titleOf = (shape) => shape.querySelector("title").textContent;
const endsOf = (edge) => titleOf(edge).split("->");
let chosen;
function show(service = chosen) {
  const words = document.querySelector("#filter").value.toLowerCase().split(/\\s+/).filter(Boolean);
  const fits = (text) => words.every((word) => text.toLowerCase().includes(word));
  const shown = edges.filter((edge) => service ? endsOf(edge).includes(service) : words.length === 0 || fits(edge.textContent));
  const names = new Set(shown.flatMap(endsOf));
  for (const edge of edges) edge.classList.toggle("dimmed", !shown.includes(edge));
  for (const node of nodes) {
    const name = titleOf(node);
    const kept = service ? name === service || names.has(name) : words.length === 0 || fits(name) || names.has(name);
    node.classList.toggle("dimmed", !kept);
  }
  for (const row of rows) {
    row.classList.toggle("hidden", !fits(row.textContent));
    row.classList.toggle("marked", Boolean(service) && row.cells[0].textContent === service);
  }
}
for (const node of nodes) {
  const name = titleOf(node);
  node.setAttribute("tabindex", "0");
  node.setAttribute("role", "button");
  node.setAttribute("aria-label", name);
  node.addEventListener("mouseenter", () => show(name));
  node.addEventListener("focus", () => show(name));
  for (const event of ["mouseleave", "blur"]) node.addEventListener(event, () => show());
  const choose = () => { chosen = chosen === name ? undefined : name; show(); };
  node.addEventListener("click", choose);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose();
  });
}
document.querySelector("#filter").addEventListener("input", () => show());
`;
