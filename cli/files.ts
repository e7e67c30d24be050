import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { CommandError } from "./command";

/** Writes a report, into a folder that need not exist. */
export async function writeReport(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  await writeFile(file, text);
}

/** The lines that a page's generated section stands between. */
export type SectionMarks = readonly [begin: string, end: string];

/**
 * Writes the generated section of a page anew; the lines around it stay.
 *
 * @throws CommandError when the page has no such section
 */
export async function replaceSection(file: string, [begin, end]: SectionMarks, text: string): Promise<void> {
  const page = await readFile(file, "utf8");
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new CommandError(`${file} does not have the lines ${begin} and ${end}`);
  await writeFile(file, `${page.slice(0, from)}${begin}\n\n${text}\n${page.slice(to)}`);
}
