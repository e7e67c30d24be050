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
  const lines = new LineCounter();
  try {
    // Without the library's excerpt of the file: a secret may stand there.
    return parse(readFileSync(file, "utf8"), { lineCounter: lines, prettyErrors: false });
  } catch (error) {
    const { message } = error as Error;
    if (!(error instanceof YAMLParseError)) throw new UserError(`cannot read ${name}: ${message}`);
    const { line, col } = lines.linePos(error.pos[0]);
    throw new UserError(`cannot read ${name}: line ${line}, column ${col}: ${message}`);
  }
}
