import { readFileSync } from "node:fs";
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { z } from "zod";
import { check, ProblemsError, type Source } from "./problems";
import { UserError } from "./userError";

/** The data of a YAML file, and the place of each value. */
export interface YamlFile {
  readonly data: unknown;
  readonly source: Source;
}

/**
 * Reads and checks a YAML file.
 *
 * @throws UserError with the name of a file that cannot be read
 * @throws ProblemsError with all problems, each with its line
 */
export function readYamlFile<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  const { data, source } = parseYamlFile(file);
  const checked = check(schema, data);
  if ("data" in checked) return checked.data;
  throw new ProblemsError(source, checked.problems);
}

/**
 * Reads a YAML file without checking its content.
 *
 * @param name the name of the file in errors. Default: its path
 * @throws UserError with the name of a file that cannot be read
 * @throws ProblemsError with line and column, if it is not YAML
 */
export function parseYamlFile(file: string, name = file): YamlFile {
  return parseYaml(readTextFile(file, name), name);
}

/** Parses YAML without checking its content. @param name its name in errors */
export function parseYaml(text: string, name: string): YamlFile {
  const lines = new LineCounter();
  // Without the library's excerpt of the file, which may contain a secret.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = (words: string) => ({ path: [], text: words });
  const at = (offset: number, words: string) => {
    const { line, col } = lines.linePos(offset);
    return { line, ...problem(`line ${line}, column ${col}: not valid YAML: ${words}`) };
  };
  const errors = document.errors.map(({ code, message, pos }) => at(pos[0], inWords[code] ?? message));
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document)) return;
      const words = `the alias *${alias.source} needs an anchor &${alias.source} before it`;
      errors.push(at(alias.range?.[0] ?? 0, words));
    },
  });
  // Further errors in the same line follow from the first.
  const first = errors.filter(({ line }, index) => errors.findIndex((other) => other.line === line) === index);
  if (first.length > 0) throw new ProblemsError(name, first);
  try {
    return { data: document.toJS(), source: { name, lineOf: (path) => lineOf(document, lines, path) } };
  } catch (error) {
    // So many aliases that the data would fill the memory.
    throw new ProblemsError(name, [problem(`not valid YAML: ${(error as Error).message}`)]);
  }
}

const inWords: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "this key is already used in the same place; remove one of the two",
  TAB_AS_INDENT: "the line is indented with a tab; indent it with spaces",
  BAD_INDENT: "the line does not begin at the same column as the keys before it; indent it like them",
  BLOCK_AS_IMPLICIT_KEY: "a second key in one line; begin a new line, or write the text with the colon in quotes",
  MISSING_CHAR: "a quote or bracket is not closed; close it",
  MULTILINE_IMPLICIT_KEY: "a key continues in a second line; check for a missing colon or quote",
  MULTIPLE_DOCS: "a second YAML document begins here; remove it, or the line ---",
};

/** @throws UserError with the name of a file that cannot be read */
export function readTextFile(file: string, name = file): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError(`cannot read ${name}: ${reasonOf(error)}`);
  }
}

/** Why a file cannot be read, in words. @param error of `node:fs` */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such file; correct the path";
  if (code === "EISDIR") return "it is a folder; name a file in it";
  if (code === "EACCES") return "its permissions do not allow it";
  return message;
}

/** The line of the last key of the path that exists. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
  let value: unknown = document.contents;
  let found: unknown = value;
  for (const key of path) {
    if (isAlias(value)) value = value.resolve(document);
    if (isMap(value)) {
      const pair = value.items.find((each) => isScalar(each.key) && String(each.key.value) === String(key));
      if (!pair) break;
      [found, value] = [pair.key, pair.value];
    } else if (isSeq(value) && value.items[Number(key)] !== undefined) {
      value = value.items[Number(key)];
      found = value;
    } else break;
  }
  return isNode(found) && found.range ? lines.linePos(found.range[0]).line : undefined;
}
