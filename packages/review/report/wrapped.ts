/** Wraps at blanks, never within a name, and indents the following lines. */
export function wrapped(line: string, width: number, indent = 10): string {
  const start = /^ */.exec(line)?.[0] ?? "";
  const lines: string[] = [];
  let current = "";
  for (const word of line.trimStart().split(" ")) {
    const before = lines.length === 0 ? start : " ".repeat(indent);
    if (current !== "" && before.length + current.length + 1 + word.length > width) {
      lines.push(before + current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, (lines.length === 0 ? start : " ".repeat(indent)) + current].join("\n");
}
