import type { IssuedSecret } from "../../components/rotation";

/** What came of some days of deployments and calls. */
export interface Timeline {
  /** The first day, `2026-11-01`. */
  readonly since: string;
  readonly days: {
    readonly date: string;
    /** Whether its deployment created, changed or deleted anything. */
    readonly changed: boolean;
    readonly calls: number;
    readonly failures: readonly string[];
    /** The secrets that existed after that day's deployment, by service. */
    readonly issued: Readonly<Record<string, readonly IssuedSecret[]>>;
  }[];
}

/** The life of one secret. */
interface Bar {
  readonly id: string;
  /** Days from the first. */
  readonly from: number;
  /** The first day on which it was gone. */
  to: number;
}

/** The secrets of each service, by when they were there. */
function barsOf({ days }: Timeline): Map<string, Bar[]> {
  const bars = new Map<string, Bar[]>();
  days.forEach(({ issued }, day) => {
    for (const [service, secrets] of Object.entries(issued)) {
      const own = bars.get(service) ?? [];
      bars.set(service, own);
      for (const { id } of secrets) {
        const known = own.find((bar) => bar.id === id);
        if (known) known.to = day + 1;
        else own.push({ id, from: day, to: day + 1 });
      }
    }
  });
  return bars;
}

/** How often a secret followed another. */
export const rotationsIn = (timeline: Timeline): number =>
  [...barsOf(timeline).values()].reduce((sum, bars) => sum + bars.length - 1, 0);

const callsIn = ({ days }: Timeline) => days.reduce((sum, { calls }) => sum + calls, 0);
const failuresIn = ({ days }: Timeline): string[] =>
  days.flatMap(({ date, failures }) => failures.map((failure) => `${date} ${failure}`));

function summary(timeline: Timeline): string {
  const counted = (count: number, thing: string) => `${count} ${thing}${count === 1 ? "" : "s"}`;
  const changing = timeline.days.filter(({ changed }) => changed).length;
  return `${counted(timeline.days.length, "deployment")}, ${changing} of them with a change, ${counted(rotationsIn(timeline), "rotation")}, ${counted(callsIn(timeline), "call")}, ${failuresIn(timeline).length} of them failed.`;
}

/** A line a service, a character a week: `-` one secret, `=` two. */
export function timelineText(timeline: Timeline): string {
  const { days } = timeline;
  const width = Math.max(...[...barsOf(timeline).keys()].map((service) => service.length), 0);
  const lines = [...barsOf(timeline).keys()].map((service) => {
    const weeks = Array.from({ length: Math.ceil(days.length / 7) }, (_, week) =>
      days.slice(week * 7, week * 7 + 7).some(({ issued }) => (issued[service]?.length ?? 0) > 1) ? "=" : "-",
    );
    return `  ${service.padEnd(width)}  ${weeks.join("")}`;
  });
  const failures = failuresIn(timeline);
  return [
    "A character is a week: - one client secret, = two, because one takes over from the other.",
    "",
    ...lines,
    "",
    summary(timeline),
    ...failures.slice(0, 20).map((failure) => `  ${failure}`),
  ].join("\n");
}

const left = 120;
const row = 34;

/** The same as a page that needs nothing beside it: a bar a secret. */
export function timelinePage(timeline: Timeline): string {
  const { days, since } = timeline;
  const scale = 900 / days.length;
  const x = (day: number) => (left + day * scale).toFixed(1);
  const bars = [...barsOf(timeline)];
  const height = bars.length * row + 40;
  const months = days.flatMap(({ date }, day) =>
    date.endsWith("-01")
      ? [
          `<line x1="${x(day)}" x2="${x(day)}" y1="20" y2="${height - 10}" class="month"/><text x="${x(day)}" y="14" class="label">${date.slice(0, 7)}</text>`,
        ]
      : [],
  );
  const rows = bars.map(([service, own], index) => {
    const y = 26 + index * row;
    const rectangles = own.map(
      ({ id, from, to }, position) =>
        `<rect x="${x(from)}" y="${y + (position % 2) * 12}" width="${((to - from) * scale).toFixed(1)}" height="10" rx="3" class="bar"><title>${service}: window ${id}, ${to - from} days</title></rect>`,
    );
    return `<text x="0" y="${y + 15}" class="name">${service}</text>${rectangles.join("")}`;
  });
  const failures = failuresIn(timeline);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${days.length} days of rotation</title>
<style>
:root { color-scheme: light dark; --ink: #1d2733; --paper: #fff; --line: #d5dbe2; --good: #359168; --bad: #c0392b; --faint: #6b7886; }
@media (prefers-color-scheme: dark) { :root { --ink: #dfe6ee; --paper: #14191f; --line: #323c47; --good: #4fb083; --bad: #ff7b6b; --faint: #93a1b0; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } .holds { color: var(--good); font-weight: 600; } .wrong { color: var(--bad); font-weight: 700; }
figure { margin: 1.5rem 0; overflow-x: auto; } figcaption { color: var(--faint); font-size: .85rem; }
.month { stroke: var(--line); } .label { font-size: 10px; fill: var(--faint); } .name { font-size: 13px; fill: var(--ink); } .bar { fill: var(--good); }
</style>
</head>
<body>
<h1>${days.length} days of rotation, from ${since}</h1>
<p class="${failures.length === 0 ? "holds" : "wrong"}">${summary(timeline)}</p>
${failures.length === 0 ? "" : `<ul class="wrong">${failures.map((each) => `<li>${each.replaceAll("<", "&lt;")}</li>`).join("")}</ul>`}
<figure><svg viewBox="0 0 ${left + 910} ${height}" width="${left + 910}" role="img" aria-label="The client secrets of each service">
${months.join("\n")}
${rows.join("\n")}
</svg><figcaption>A bar is a client secret in Entra. Where two lie one above the other, both are valid.</figcaption></figure>
</body>
</html>
`;
}
