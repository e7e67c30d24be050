import { z } from "zod";
import { describeIssue } from "./problems";
import { UserError } from "./userError";

/** Everything wrong with a stack's settings at once. */
export class SettingsError extends UserError {
  constructor(file: string, problems: readonly string[]) {
    const count = `${problems.length} problem${problems.length === 1 ? "" : "s"}`;
    super([`${file} has ${count}:`, ...problems.map((problem) => `  ${problem}`)].join("\n"));
  }
}

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
 * @param impossible what is wrong with settings that have the right shape
 * @throws SettingsError that lists every problem with its key
 */
export function settingsIn<Schema extends z.ZodObject>(
  { config, project, file }: Configuration,
  schema: Schema,
  impossible: (settings: z.output<Schema>) => string[],
): z.output<Schema> {
  const own = Object.entries(config).filter(([key]) => key.startsWith(`${project}:`));
  const raw = Object.fromEntries(own.map(([key, value]) => [key.slice(project.length + 1), decode(value)]));
  const parsed = schema.safeParse(raw, { reportInput: true });
  const problems = parsed.success
    ? impossible(parsed.data)
    : parsed.error.issues.flatMap((issue) => describe(schema, issue));
  if (parsed.success && problems.length === 0) return parsed.data;
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

function describe(schema: z.ZodObject, issue: z.core.$ZodIssue): string[] {
  const allowed = issue.code === "unrecognized_keys" ? keysAt(schema, issue.path).join(", ") : "";
  return describeIssue(issue, `is no setting; allowed here: ${allowed}`);
}

function keysAt(schema: z.ZodObject, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const key of path) {
    const inner = unwrap(at);
    at = inner instanceof z.ZodRecord ? inner.valueType : (inner as z.ZodObject).shape[key as string];
  }
  return Object.keys((unwrap(at) as z.ZodObject).shape);
}

const unwrap = (type: unknown): unknown => (type instanceof z.ZodOptional ? type.unwrap() : type);
