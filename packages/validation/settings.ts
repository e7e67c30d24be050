import type { z } from "zod";
import { check, ProblemsError } from "./problems";

/** Everything wrong with a stack's settings at once. */
export class SettingsError extends ProblemsError {}

/** A stack's configuration, as Pulumi hands it over. */
export interface Configuration {
  /** As `pulumi.runtime.allConfig()` gives it: what is structured is JSON. */
  readonly config: Readonly<Record<string, string>>;
  /** Whose settings they are: other projects' and providers' are passed over. */
  readonly project: string;
  /** Where they are written. */
  readonly file: string;
}

/**
 * The settings of a project in a stack's configuration.
 *
 * @param contradictions what is wrong with settings that have the right shape
 * @throws SettingsError that lists every problem with its key
 */
export function settingsIn<Schema extends z.ZodObject>(
  { config, project, file }: Configuration,
  schema: Schema,
  contradictions: (settings: z.output<Schema>) => string[],
): z.output<Schema> {
  const own = Object.entries(config).filter(([key]) => key.startsWith(`${project}:`));
  const raw = Object.fromEntries(own.map(([key, value]) => [key.slice(project.length + 1), decode(value)]));
  const checked = check(schema, raw);
  const problems = "data" in checked ? contradictions(checked.data) : checked.problems;
  if ("data" in checked && problems.length === 0) return checked.data;
  throw new SettingsError(
    file,
    problems.map((problem) => `${project}:${problem}`),
  );
}

/** Pulumi hands over every value as text; what was structured, or true or false, in the file is JSON. */
function decode(value: string): unknown {
  if (!/^([[{]|true$|false$)/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
