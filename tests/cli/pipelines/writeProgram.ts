import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";

/**
 * Writes a program that records its command line, writes the reports that it names with `--out`, and exits with the code of the first
 * beginning that its command line has. With a code of 10 or more it exits with a tenth of it, and writes no report.
 */
export async function writeProgram(file: string, log: string, codes: Readonly<Record<string, number>>): Promise<void> {
  await writeFile(log, "");
  const name = path.basename(file);
  const cases = Object.entries(codes).map(([line, code]) => `  "${line}"*) code=${code} ;;`);
  const lines = [
    "#!/bin/sh",
    `echo "${name} $*" >> "${log}"`,
    "code=0",
    `case "${name} $*" in`,
    ...cases,
    "  -) ;;",
    "esac",
    'if [ "$code" -ge 10 ]; then exit $((code / 10)); fi',
    'while [ $# -gt 0 ]; do if [ "$1" = --out ]; then basename "$2" > "$2"; fi; shift; done',
    'exit "$code"',
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  await chmod(file, 0o755);
}
