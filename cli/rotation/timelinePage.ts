import { escaped, page } from "@microservice-identities/review/report/page";
import { barsOf, failuresIn, summaryOf, type Timeline } from "./timeline";

const left = 120;
const row = 34;

/** A page without external files: a bar for each secret. */
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
        `<rect x="${x(from)}" y="${y + (position % 2) * 12}" width="${((to - from) * scale).toFixed(1)}" height="10" rx="3" class="secret"><title>${service}: window ${id}, ${to - from} days</title></rect>`,
    );
    return `<text x="0" y="${y + 15}" class="name">${service}</text>${rectangles.join("")}`;
  });
  const failures = failuresIn(timeline);
  const holds = failures.length === 0;
  return page({
    title: `${days.length} days of rotation, from ${since}`,
    body: `<p class="${holds ? "holds" : "wrong"}">${summaryOf(timeline)}</p>
${holds ? "" : `<ul class="wrong">${failures.map((each) => `<li>${escaped(each)}</li>`).join("")}</ul>`}
<figure class="scroll"><svg viewBox="0 0 ${left + 910} ${height}" width="${left + 910}" role="img" aria-label="The client secrets of each service">
<style>.month { stroke: var(--line); } .label { font-size: 10px; fill: var(--faint); } .name { font-size: 13px; fill: var(--ink); } .secret { fill: var(--good); }</style>
${months.join("\n")}
${rows.join("\n")}
</svg><figcaption>A bar is a client secret in Entra. Where two lie one above the other, both are valid.</figcaption></figure>`,
  });
}
