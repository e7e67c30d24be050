import { barsOf, failuresIn, summaryOf, type Timeline } from "./timeline";

/** One line for each service, one character for each week: `-` is one secret, `=` two. */
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
    "Each character is a week: - one client secret, = two, during an overlap.",
    "",
    ...lines,
    "",
    summaryOf(timeline),
    ...failures.slice(0, 20).map((failure) => `  ${failure}`),
  ].join("\n");
}
