import { readFile } from "node:fs/promises";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { readExportedState } from "@microservice-identities/review/exportedState";
import type { FoundAccess } from "@microservice-identities/review/paths/foundAccess";
import type { Earlier } from "@microservice-identities/review/review";
import { savedAudit, savedReview } from "@microservice-identities/review/savedReview";
import { type SavedUsage, savedUsage } from "@microservice-identities/review/usage/savedUsage";
import { reasonOf } from "@microservice-identities/validation/files";
import { check, ProblemsError } from "@microservice-identities/validation/problems";
import { CommandError } from "../command";

/** @throws CommandError that names the file */
export const readStates = async (files: readonly string[]): Promise<EvaluatedResource[]> =>
  (await Promise.all(files.map(async (file) => stateIn(file, await readJson(file, exportCommand))))).flat();

/** A saved review, or an exported state. */
export async function readEarlier(file: string): Promise<Earlier> {
  const data = await readJson(file, `\`npm run review -- --out <file>\` or ${exportCommand}`);
  const saved = savedReview.safeParse(data);
  if (saved.success) return { review: saved.data, name: file };
  return { resources: stateIn(file, data), source: "state", name: file };
}

/**
 * The usage reports of stacks, as `npm run usage` writes them as JSON.
 *
 * @throws CommandError, and ProblemsError for a file with anything else
 */
export async function readUsageReports(files: readonly string[]): Promise<SavedUsage[]> {
  return Promise.all(
    files.map(async (file) => {
      const checked = check(savedUsage, await readJson(file, "`npm run usage -- --out <file>`"));
      if ("data" in checked) return checked.data;
      throw new ProblemsError(file, checked.problems.slice(0, 20));
    }),
  );
}

/** The access in the JSON of `npm run audit`. @throws CommandError that names the file */
export async function readAudit(file: string): Promise<FoundAccess[]> {
  const create = `\`npm run audit -- --out ${file}\``;
  const saved = savedAudit.safeParse(await readJson(file, create));
  if (!saved.success) throw new CommandError(`${file} is not an audit; create it with ${create}`);
  return [...saved.data.findings, ...saved.data.waived].map(({ access = {} }) => access);
}

const exportCommand = "`pulumi stack export --file <file>`";

/** @param create the command that writes such a file */
async function readJson(file: string, create: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new CommandError(`cannot read ${file}: ${reasonOf(error)}`);
  });
  try {
    return JSON.parse(text);
  } catch {
    // The message does not repeat the content of the file, which may be anything.
    throw new CommandError(`${file} is ${text.trim() === "" ? "empty" : "not JSON"}; create it with ${create}`);
  }
}

function stateIn(file: string, data: unknown): EvaluatedResource[] {
  try {
    return readExportedState(data);
  } catch (error) {
    throw new CommandError(`${file} ${(error as Error).message}`);
  }
}
