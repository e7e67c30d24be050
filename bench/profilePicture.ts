import { colours } from "@microservice-identities/review/report/colours";
import type { Consumer, Interval } from "./deploymentProfile";

const width = 720;
const [left, right] = [46, 12];
const inner = width - left - right;

/** From the bottom of the picture to its top, with the name of the colour. */
const consumers: readonly (readonly [Consumer, string])[] = [
  ["engine", "--bad"],
  ["providers", "--link"],
  ["program", "--good"],
  ["local Azure", "--look"],
  ["other", "--faint"],
];

/**
 * A picture of a deployment, second by second: what uses the processors, how many requests Microsoft Graph gets, and how often the
 * engine writes its state.
 *
 * @param processors how many the machine has
 */
export function profilePicture(intervals: readonly Interval[], processors: number): string {
  const total = sum(intervals.map(({ seconds }) => seconds));
  const x = (seconds: number) => left + (seconds / total) * inner;
  const starts = intervals.map((_, index) => sum(intervals.slice(0, index).map(({ seconds }) => seconds)));
  const bars = (
    top: number,
    height: number,
    most: number,
    valuesOf: (one: Interval) => readonly (readonly [string, number])[],
  ) =>
    intervals.flatMap((one, index) => {
      const [from, to] = [x(starts[index] ?? 0), x((starts[index] ?? 0) + one.seconds)];
      let below = 0;
      return valuesOf(one).map(([colour, value]) => {
        const [low, high] = [below, below + value / one.seconds];
        below = high;
        const [y, tall] = [top + height - (high / most) * height, ((high - low) / most) * height];
        return `<rect x="${round(from)}" y="${round(y)}" width="${round(Math.max(to - from - 0.4, 0.2))}" height="${round(tall)}" fill="var(${colour})"/>`;
      });
    });
  const panel = (top: number, height: number, title: string, most: number) => [
    `<text x="${left}" y="${top - 6}" class="title">${title}</text>`,
    `<path d="M${left} ${top}V${top + height}H${width - right}"/>`,
    `<text x="${left - 6}" y="${top + 10}" class="left">${most}</text><text x="${left - 6}" y="${top + height}" class="left">0</text>`,
  ];
  const largest = (of: (one: Interval) => number) =>
    Math.max(1, ...intervals.map((one) => Math.ceil(of(one) / one.seconds)));
  const [requests, writes] = [largest((one) => one.requests), largest((one) => one.stateWrites)];
  const legend = consumers.map(([consumer, colour], index) => {
    const used = sum(intervals.map(({ processor }) => processor[consumer]));
    const at = left + index * 132;
    return `<rect x="${at}" y="4" width="10" height="10" fill="var(${colour})"/><text x="${at + 14}" y="13">${consumer}, ${used.toFixed(0)} s</text>`;
  });
  const step = total > 120 ? 30 : 10;
  const ticks = Array.from({ length: Math.floor(total / step) + 1 }, (_, index) => index * step);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}pt" height="420pt" viewBox="0 0 ${width} 420">
<style>${colours} text { font: 11px sans-serif; fill: var(--ink); } .title { font-weight: 600; } .left { text-anchor: end; } .tick { text-anchor: middle; fill: var(--faint); } path { stroke: var(--faint); fill: none; }</style>
<rect width="${width}" height="420" fill="var(--paper)"/>
${legend.join("\n")}
${panel(40, 160, `processors in use, of ${processors}`, processors).join("\n")}
${bars(40, 160, processors, ({ processor }) => consumers.map(([consumer, colour]) => [colour, processor[consumer]])).join("\n")}
${panel(230, 70, "requests to Microsoft Graph a second", requests).join("\n")}
${bars(230, 70, requests, (one) => [["--link", one.requests]]).join("\n")}
${panel(330, 60, "writes of the whole state a second", writes).join("\n")}
${bars(330, 60, writes, (one) => [["--bad", one.stateWrites]]).join("\n")}
${ticks.map((second) => `<text x="${round(x(second))}" y="406" class="tick">${second} s</text>`).join("\n")}
</svg>
`;
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const round = (value: number): number => Math.round(value * 10) / 10;
