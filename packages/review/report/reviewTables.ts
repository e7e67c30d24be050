import type { AccessModel, ServiceCredential } from "../accessModel";
import { reachIn } from "../reach";
import type { Review } from "../review";
import type { Finding } from "../rule";
import { rules } from "../rules";
import { keyOf } from "../subject";
import { pageOfRule, type ReportContext } from "./context";
import { type Row, table } from "./htmlTable";
import { escaped } from "./page";

/** In a landscape of a thousand services, each can reach hundreds, which nobody reads. */
const mostReached = 300;

/** The page's script reads the grants from this table. */
export function grantTable({ model, change }: Review): string {
  const keyOfGrant = ({ caller, api, role }: { caller: string; api: string; role: string }) => keyOf(caller, api, role);
  const isNew = new Set((change?.grants.added ?? []).map(keyOfGrant));
  return table(
    ["caller", "API", "role", "because", "until"],
    model.grants.map((grant): Row => {
      const { caller, api, role, because = "", until = "" } = grant;
      const cells = [caller, api, role, because, until].map(escaped);
      return isNew.has(keyOfGrant(grant)) ? { kind: "new", cells } : cells;
    }),
    "filtered grants",
  );
}

export function findingTable(
  findings: readonly Finding[],
  fresh: readonly Finding[],
  { linkOf = pageOfRule, placeOf }: ReportContext,
): string {
  const isNew = new Set(fresh);
  const newFirst = [...findings.filter((each) => isNew.has(each)), ...findings.filter((each) => !isNew.has(each))];
  const places = newFirst.map((finding) => placeOf?.(finding) ?? "");
  // Nobody needs an empty column.
  const isPlaced = places.some(Boolean);
  return table(
    ["severity", "what", ...(isPlaced ? ["where"] : []), "rule", "remedy"],
    newFirst.map((finding, index) => {
      const { severity, subject, message, rule, remedy } = finding;
      const rationale = rules.find(({ id }) => id === rule)?.rationale ?? "";
      return [
        `<span class="${severity}">${severity}</span>`,
        `${isNew.has(finding) ? '<strong class="new">new</strong> ' : ""}${escaped(`${subject} ${message}`)}`,
        ...(isPlaced ? [escaped(places[index] ?? "")] : []),
        `<a href="${escaped(linkOf(rule))}" title="${escaped(rationale)}"><code>${escaped(rule)}</code></a>`,
        escaped(remedy),
      ];
    }),
    "filtered findings",
  );
}

export const waivedTable = ({ waived }: Review): string =>
  table(
    ["what", "rule", "until", "owner", "reason"],
    waived.map(({ subject, message, rule, waiver: { until, owner, reason } }) =>
      [`${subject} ${message}`, rule, until, owner, reason].map(escaped),
    ),
  );

export function reachSection(model: AccessModel, heading: string): string[] {
  const reachOf = reachIn(model);
  const rows = model.services.flatMap((service) =>
    reachOf(service)
      .filter(({ writes }) => writes)
      .map((reach) => ({ service, reach })),
  );
  const shown = rows.slice(0, mostReached);
  return [
    heading,
    "<p>What an attacker who controls a service could change, directly or through the services that it calls.</p>",
    table(
      ["service", "could be changed", "through"],
      shown.map(({ service, reach }) => [service, `${reach.api} ${reach.role}`, reach.path().join(" → ")].map(escaped)),
      "filtered reach",
    ),
    ...(rows.length > mostReached ? [`<p>And ${rows.length - mostReached} more: the JSON has all grants.</p>`] : []),
  ];
}

/** A bar from today to the expiry of each credential; a full bar is the longest allowed validity. */
export function timeline(credentials: readonly ServiceCredential[], today: string): string {
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
    "filtered credentials",
  );
}

const kinds: Readonly<Record<string, string>> = { "+": "added", "-": "removed", "~": "altered", "!": "kept" };

export const changeList = (lines: readonly string[]): string =>
  `<ul class="change" tabindex="0">${lines.map((line) => `<li class="${kinds[line[0] ?? ""] ?? ""}">${escaped(line)}</li>`).join("")}</ul>`;
