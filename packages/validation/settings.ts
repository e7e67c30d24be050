import { existsSync } from "node:fs";
import path from "node:path";
import type { z } from "zod";
import { parseYamlFile } from "./files";
import { check, type Problem, ProblemsError, placeOf, type Source } from "./problems";

/** All problems with a stack's settings. */
export class SettingsError extends ProblemsError {}

/** A stack's configuration, as Pulumi passes it to a program. */
export interface Configuration {
  /** As `pulumi.runtime.allConfig()` returns it: structured values are JSON. */
  readonly config: Readonly<Record<string, string>>;
  /** The project whose settings are read; those of other projects and of providers are ignored. */
  readonly project: string;
  /** The file with the settings. */
  readonly source: Source;
}

/** The values that have the right shape, by key. */
export type Readable<Schema extends z.ZodObject> = Partial<z.output<Schema>>;

/**
 * Reads the settings of a project from a stack's configuration.
 *
 * @param contradictions finds problems that the shape does not show. It also runs if some values have the wrong shape, without
 *   these values, so that all problems are reported at once; `given` contains the keys of all values
 * @throws SettingsError with all problems, each with its key
 */
export function settingsIn<Schema extends z.ZodObject>(
  { config, project, source }: Configuration,
  schema: Schema,
  contradictions: (settings: Readable<Schema>, given: readonly string[]) => readonly Problem[],
): z.output<Schema> {
  const own = Object.entries(config).filter(([key]) => key.startsWith(`${project}:`));
  const raw = Object.fromEntries(own.map(([key, value]) => [key.slice(project.length + 1), decode(value)]));
  const checked = check(schema, raw);
  if ("data" in checked) {
    const problems = contradictions(checked.data as Readable<Schema>, Object.keys(raw));
    if (problems.length === 0) return checked.data;
    throw errorFor(project, source, problems);
  }
  const wrong = new Set(checked.problems.map(({ path }) => path[0]));
  const right = Object.fromEntries(Object.entries(raw).filter(([key]) => !wrong.has(key)));
  const parsed = schema.partial().safeParse(right);
  const others = parsed.success ? contradictions(parsed.data as Readable<Schema>, Object.keys(raw)) : [];
  throw errorFor(project, source, [...checked.problems, ...others]);
}

/**
 * A `Pulumi.<stack>.yaml` as a source of problems.
 *
 * @param folder where the file is, for the lines of problems. The Pulumi CLI can use another file; then problems have no lines
 */
export function settingsFile(name: string, project: string, folder?: string): Source {
  const file = path.join(folder ?? "", name);
  if (folder === undefined || !existsSync(file)) return { name };
  // Read for the first problem only: most settings have none.
  let source: Source | undefined;
  return {
    name,
    lineOf: ([key, ...rest]) => {
      source ??= parseYamlFile(file, name).source;
      const { lineOf } = source;
      // `location` means the same as `<project>:location`. A key that does not exist has the line of `config`, the first one.
      const lines = [`${project}:${String(key)}`, String(key)].map((each) => lineOf?.(["config", each, ...rest]) ?? 0);
      return Math.max(...lines) || undefined;
    },
  };
}

const errorFor = (project: string, source: Source, problems: readonly Problem[]): SettingsError =>
  new SettingsError(
    source,
    problems.map(({ path, text }) => ({ path, text: `${project}:${text}` })),
  );

/** A problem at a place of the settings. */
export const settingProblem = (path: readonly PropertyKey[], text: string): Problem => ({
  path,
  text: `${placeOf(path)} ${text}`,
});

/** Pulumi passes every value as a string; a value that was structured, true or false in the file is JSON. */
function decode(value: string): unknown {
  if (!/^([[{]|true$|false$)/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
