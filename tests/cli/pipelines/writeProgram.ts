import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";

/**
 * Writes a program that records its command line and creates the files that its options `--out` name.
 * @param codes exit codes by the beginning of a command line; the first match counts, and without one the program exits with 0.
 * With a code of 10 or more the program exits with a tenth of it, and creates no files
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
