import { readFile } from "node:fs/promises";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { readExportedState } from "@microservice-identities/review/exportedState";
import type { Earlier } from "@microservice-identities/review/review";
import { savedReview } from "@microservice-identities/review/savedReview";
import { reasonOf } from "@microservice-identities/validation/files";
import { CommandError } from "../command";

/** @throws CommandError that names the file */
export const readStates = async (files: readonly string[]): Promise<EvaluatedResource[]> =>
  (await Promise.all(files.map(async (file) => stateIn(file, await readJson(file))))).flat();

/** A saved review, or an exported state. */
export async function readEarlier(file: string): Promise<Earlier> {
  const data = await readJson(file);
  const saved = savedReview.safeParse(data);
  if (saved.success) return { review: saved.data, name: file };
  return { resources: stateIn(file, data), source: "state", name: file };
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    // The message does not repeat the content of the file, which may be anything.
    throw new CommandError(
      error instanceof SyntaxError ? `${file} is not JSON` : `cannot read ${file}: ${reasonOf(error)}`,
    );
  }
}

function stateIn(file: string, data: unknown): EvaluatedResource[] {
  try {
    return readExportedState(data);
  } catch (error) {
    throw new CommandError(`${file} ${(error as Error).message}`);
  }
}
