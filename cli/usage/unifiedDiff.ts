/** How many unchanged lines are shown before and after the change. */
const context = 3;

/**
 * The difference between two texts as a patch with one hunk, for `git apply`.
 *
 * @param file relative to the project, with `/`
 */
export function unifiedDiff(file: string, before: string, after: string): string {
  const [one, other] = [linesOf(before), linesOf(after)];
  let first = 0;
  while (first < one.length && first < other.length && one[first] === other[first]) first++;
  let same = 0;
  while (same < Math.min(one.length, other.length) - first && one.at(-1 - same) === other.at(-1 - same)) same++;
  const from = Math.max(0, first - context);
  const tail = Math.max(0, same - context);
  const count = (lines: readonly string[]) => lines.length - tail - from;
  const part = (lines: readonly string[], begin: number, end: number, mark: string) =>
    lines.slice(begin, end).map((line) => `${mark}${line}`);
  return [
    `--- a/${file}`,
    `+++ b/${file}`,
    `@@ -${from + 1},${count(one)} +${from + 1},${count(other)} @@`,
    ...part(one, from, first, " "),
    ...part(one, first, one.length - same, "-"),
    ...part(other, first, other.length - same, "+"),
    ...part(one, one.length - same, one.length - tail, " "),
    "",
  ].join("\n");
}

const linesOf = (text: string): string[] => text.replace(/\n$/, "").split("\n");
