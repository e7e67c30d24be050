import { readFileSync } from "node:fs";
import { LineCounter, parse, YAMLParseError } from "yaml";
import type { z } from "zod";
import { check, ProblemsError } from "./problems";
import { UserError } from "./userError";

/**
 * What a YAML file says, checked.
 *
 * @throws UserError that names the file and the line, where it cannot be read or is not YAML
 * @throws ProblemsError that lists everything wrong with it
 */
export function readYamlFile<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  const checked = check(schema, parseYamlFile(file));
  if ("data" in checked) return checked.data;
  throw new ProblemsError(file, checked.problems);
}

/**
 * What a YAML file says, whatever it is.
 *
 * @param name what errors call the file. Default: its path
 * @throws UserError that names the file and the line, where it cannot be read or is not YAML
 */
export function parseYamlFile(file: string, name = file): unknown {
  const text = readTextFile(file, name);
  const lines = new LineCounter();
  try {
    // Without the library's excerpt of the file: a secret may stand there.
    return parse(text, { lineCounter: lines, prettyErrors: false });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const { line, col } = lines.linePos(error.pos[0]);
    throw new UserError(`cannot read ${name}: line ${line}, column ${col}: ${error.message}`);
  }
}

/** @throws UserError that names the file, where it cannot be read */
export function readTextFile(file: string, name = file): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError(`cannot read ${name}: ${(error as Error).message}`);
  }
}
