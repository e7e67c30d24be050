import { readFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import type { LandscapeDefinition } from "../components/landscapeDefinition";
import { parseLandscape } from "../components/landscapeDefinition";
import { checkRotation, defaultRotation } from "../components/rotation";
import { ArgumentError, describeIssue, isoDate, UserError } from "../components/validation";

/** YAML reads a date without quotes as a time, and the CLI hands it on as one: midnight, which is taken off again. */
const date = z
  .string()
  .transform((value) => value.replace(/T00:00:00Z$/, ""))
  .refine(isoDate.accepts, { error: isoDate.allowed });

/** What `Pulumi.<stack>.yaml` may say under the project's name. */
const schema = z.strictObject({
  /** The Azure region. */
  location: z.string().regex(/^[a-z][a-z0-9]+$/, { error: "an Azure region like westeurope" }),
  rotation: z.strictObject({
    since: date,
    periodDays: z.int().default(defaultRotation.periodDays),
    overlapDays: z.int().default(defaultRotation.overlapDays),
    validityDays: z.int().default(defaultRotation.validityDays),
  }),
  vault: z
    .strictObject({
      authorization: z.enum(["accessPolicies", "rbac"]).optional(),
      retentionDays: z.int().min(7).max(90).optional(),
      purgeProtection: z.boolean().optional(),
    })
    .optional(),
  /** A YAML file with a landscape, in place of the one written in TypeScript. Relative to the project. */
  landscapeFile: z.string().min(1).optional(),
  /** The day to deploy for, in place of today: for tests and replays. */
  date: date.optional(),
});

export type Settings = z.output<typeof schema>;

/** Everything wrong with a stack's settings at once. */
export class SettingsError extends UserError {
  constructor(stack: string, problems: readonly string[]) {
    const count = `${problems.length} problem${problems.length === 1 ? "" : "s"}`;
    super([`Pulumi.${stack}.yaml has ${count}:`, ...problems.map((problem) => `  ${problem}`)].join("\n"));
  }
}

/**
 * The settings of a stack, checked.
 *
 * @param config all configuration of the stack, as `pulumi.runtime.allConfig()` gives it: structured values are JSON
 * @throws SettingsError that lists every problem with its key
 */
export function readSettings(config: Readonly<Record<string, string>>, project: string, stack: string): Settings {
  const own = Object.entries(config).filter(([key]) => key.startsWith(`${project}:`));
  const raw = Object.fromEntries(own.map(([key, value]) => [key.slice(project.length + 1), decode(value)]));
  const parsed = schema.safeParse(raw, { reportInput: true });
  const problems = parsed.success ? impossible(parsed.data) : parsed.error.issues.flatMap(describe);
  if (problems.length > 0)
    throw new SettingsError(
      stack,
      problems.map((problem) => `${project}:${problem}`),
    );
  return parsed.data as Settings;
}

/** The landscape that the settings name in a file, or the given one. */
export function readLandscape({ landscapeFile }: Settings, written: LandscapeDefinition): LandscapeDefinition {
  if (landscapeFile === undefined) return written;
  let data: unknown;
  try {
    // The program runs in its own folder, the path is written from the project's.
    data = parseYaml(readFileSync(path.resolve(pulumi.runtime.getRootDirectory(), landscapeFile), "utf8"));
  } catch (error) {
    throw new UserError(`landscapeFile: cannot read ${landscapeFile}: ${(error as Error).message}`);
  }
  return parseLandscape(data, landscapeFile);
}

function impossible({ rotation }: Settings): string[] {
  try {
    checkRotation(rotation);
    return [];
  } catch (error) {
    if (error instanceof ArgumentError) return [error.message];
    throw error;
  }
}

/** Pulumi hands over every value as text; what was structured in the file is JSON. */
function decode(value: string): unknown {
  if (!/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function describe(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys") {
    const allowed = keysAt(issue.path).join(", ");
    return issue.keys.map((key) => `${[...issue.path, key].join(".")} is no setting; allowed here: ${allowed}`);
  }
  return [describeIssue(issue)];
}

function keysAt(path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const key of path) {
    at = (unwrap(at) as z.ZodObject).shape[key as string];
  }
  return Object.keys((unwrap(at) as z.ZodObject).shape);
}

const unwrap = (type: unknown): unknown => (type instanceof z.ZodOptional ? type.unwrap() : type);
