import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { CommandError } from "./command";

/** Writes a report. Creates its folder if necessary. */
export async function writeReport(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  await writeFile(file, text);
}

/** The lines that enclose the generated section of a page. */
export type SectionMarks = readonly [begin: string, end: string];

/**
 * Replaces the generated section of a page.
 *
 * @throws CommandError if the page has no such section
 */
export async function replaceSection(file: string, [begin, end]: SectionMarks, text: string): Promise<void> {
  const page = await readFile(file, "utf8");
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from)
    throw new CommandError(`${file} does not have the lines ${begin} and ${end}: restore them`);
  await writeFile(file, `${page.slice(0, from)}${begin}\n\n${text}\n${page.slice(to)}`);
}
