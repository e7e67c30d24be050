import type { AccessModel, ServiceCredential } from "../accessModel";
import type { AccessChange } from "../change";
import { reachIn } from "../reach";
import type { Review } from "../review";
import { type Finding, severities } from "../rule";
import { rules } from "../rules";
import { keyOf } from "../subject";
import { changeLines } from "./changeLines";
import { pageOfRule, type ReportContext } from "./context";
import { table } from "./htmlTable";
import { landscapePicture } from "./landscapePicture";
import { firstShown, landscapeData, neighbourhoodScript } from "./neighbourhood";
import { escaped, inlineSvg, page } from "./page";
import { visible } from "./visible";

/** A larger landscape is shown one service at a time, with its neighbours, because the whole picture would be unreadable. */
const mostDrawn = 15;

/** In a landscape of a thousand services, each can reach hundreds, which nobody reads. */
const mostReached = 300;

/** The complete review as one page, the change first. */
export async function reviewHtml(review: Review, context: ReportContext = {}): Promise<string> {
  const { stack, today, base, model, findings, waived, change, newFindings } = review;
  const counts = severities
    .toReversed()
    .map((severity) => `${findings.filter((finding) => finding.severity === severity).length} ${severity}`);
  const shown = drawn(model, change);
  return page({
    title: `Access review of stack ${stack}`,
    script: neighbourhoodScript,
    body: [
      `<p>Judged by ${escaped(today)}${base ? `, against ${escaped(base)}` : ""}: ${model.services.length} services, ${model.grants.length} granted roles, findings: ${counts.join(", ")}; ${waived.length} waived.</p>`,
      ...(change ? ["<h2>What the change does</h2>", list(changeLines(change))] : []),
      "<h2>Findings</h2>",
      findings.length === 0 ? "<p>No rule is broken.</p>" : findingTable(findings, change ? newFindings : [], context),
      ...(waived.length === 0 ? [] : ["<h2>Waived</h2>", waivedTable(review)]),
      "<h2>Who may call whom</h2>",
      ...(shown
        ? [
            `<figure>${inlineSvg(await landscapePicture(shown.services, shown.arrows), "Who may call whom")}<figcaption>${shown.caption}</figcaption></figure>`,
          ]
        : []),
      `<label for="filter">Search for a service, an API, a role or a rule</label><input type="search" id="filter" autocomplete="off">`,
      `<div class="browser"><div><p id="count"></p><ul id="services" class="names"></ul></div><div id="neighbourhood" class="neighbourhood" aria-live="polite"></div></div>`,
      `<script type="application/json" id="landscape" data-first="${escaped(firstShown(model, change) ?? "")}">${landscapeData(model, change)}</script>`,
      `<div class="scroll matrix" tabindex="0"><table class="matrix" id="matrix"></table></div>`,
      "<h2>Why</h2>",
      table(
        ["caller", "API", "role", "because", "until"],
        model.grants.map(({ caller, api, role, because = "", until = "" }) =>
          [caller, api, role, because, until].map(escaped),
        ),
        "filtered",
      ),
      ...reachSection(model),
      "<h2>When credentials expire</h2>",
      timeline(model.credentials, today),
    ].join("\n"),
  });
}

/** The whole landscape if it is small; otherwise the part that changes. */
function drawn(model: AccessModel, change: AccessChange | undefined) {
  const added = change?.grants.added ?? [];
  const removed = change?.grants.removed ?? [];
  const isSmall = model.services.length <= mostDrawn;
  const grants = [...(isSmall ? model.grants : added), ...removed];
  const everybody = new Set([
    ...(isSmall ? model.services : []),
    ...grants.flatMap(({ caller, api }) => [caller, api]),
  ]);
  if (everybody.size === 0 || everybody.size > 3 * mostDrawn) return undefined;
  const [isNew, isGone] = [new Set(added.map(keyOfGrant)), new Set(removed)];
  const pairs = new Map<string, { caller: string; api: string; roles: string[]; state?: "added" | "removed" }>();
  for (const grant of grants) {
    const { caller, api, role } = grant;
    const key = keyOf(caller, api);
    const pair = pairs.get(key) ?? { caller: visible(caller), api: visible(api), roles: [] };
    const state = isGone.has(grant) ? "removed" : isNew.has(keyOfGrant(grant)) ? "added" : undefined;
    pair.roles.push(`${visible(role)}${state === "added" ? " (new)" : state === "removed" ? " (removed)" : ""}`);
    if (state && pair.state !== "added") pair.state = state;
    pairs.set(key, pair);
  }
  const what = isSmall ? "An arrow is a grant, with its app roles" : "What the change is about";
  const caption = `${what}${change ? "; what is new is drawn thick, what was removed is dashed" : ""}.`;
  return { services: [...everybody].map(visible), arrows: [...pairs.values()], caption };
}

const keyOfGrant = ({ caller, api, role }: { caller: string; api: string; role: string }) => keyOf(caller, api, role);

function findingTable(
  findings: readonly Finding[],
  fresh: readonly Finding[],
  { linkOf = pageOfRule, placeOf }: ReportContext,
): string {
  const isNew = new Set(fresh);
  const newFirst = [...findings.filter((each) => isNew.has(each)), ...findings.filter((each) => !isNew.has(each))];
  return table(
    ["severity", "what", "where", "rule", "remedy"],
    newFirst.map((finding) => {
      const { severity, subject, message, rule, remedy } = finding;
      const rationale = rules.find(({ id }) => id === rule)?.rationale ?? "";
      return [
        `<span class="${severity}">${severity}</span>`,
        `${isNew.has(finding) ? '<strong class="new">new</strong> ' : ""}${escaped(`${subject} ${message}`)}`,
        escaped(placeOf?.(finding) ?? ""),
        `<a href="${escaped(linkOf(rule))}" title="${escaped(rationale)}"><code>${escaped(rule)}</code></a>`,
        escaped(remedy),
      ];
    }),
    "filtered",
  );
}

const waivedTable = ({ waived }: Review): string =>
  table(
    ["what", "rule", "until", "owner", "reason"],
    waived.map(({ subject, message, rule, waiver: { until, owner, reason } }) =>
      [`${subject} ${message}`, rule, until, owner, reason].map(escaped),
    ),
  );

function reachSection(model: AccessModel): string[] {
  const reachOf = reachIn(model);
  const rows = model.services.flatMap((service) =>
    reachOf(service)
      .filter(({ writes }) => writes)
      .map((reach) => ({ service, reach })),
  );
  const shown = rows.slice(0, mostReached);
  return [
    "<h2>Reach</h2>",
    "<p>What each service could have changed, by itself or through those that it calls, if it were taken over.</p>",
    table(
      ["service", "could have changed", "through"],
      shown.map(({ service, reach }) => [service, `${reach.api} ${reach.role}`, reach.path().join(" → ")].map(escaped)),
      "filtered",
    ),
    ...(rows.length > mostReached ? [`<p>And ${rows.length - mostReached} more: the JSON has all grants.</p>`] : []),
  ];
}

/** A bar from today to the expiry of each credential; a full bar is the longest allowed validity. */
function timeline(credentials: readonly ServiceCredential[], today: string): string {
  const rows = credentials
    .flatMap(({ service, kind, name, ends }) =>
      ends === undefined
        ? []
        : [{ service, kind, name, ends, days: (Date.parse(ends) - Date.parse(today)) / 86_400_000 }],
    )
    .sort((one, other) => one.days - other.days || one.name.localeCompare(other.name));
  const longest = Math.max(1, ...rows.map(({ days }) => (Number.isFinite(days) ? days : 1)));
  return table(
    ["service", "credential", "expires", "days", ""],
    rows.map(({ service, kind, name, ends, days }) => [
      escaped(service),
      escaped(`${kind} ${name}`),
      escaped(ends),
      days < 0 ? `<span class="wrong">expired</span>` : `${days}`,
      `<div class="bar"><div style="width:${Math.max(0, Math.round((days / longest) * 100)) || 0}%"></div></div>`,
    ]),
    "filtered",
  );
}

const kinds: Readonly<Record<string, string>> = { "+": "added", "-": "removed", "~": "altered", "!": "kept" };

const list = (lines: readonly string[]): string =>
  `<ul class="change">${lines.map((line) => `<li class="${kinds[line[0] ?? ""] ?? ""}">${escaped(line)}</li>`).join("")}</ul>`;
