import { readFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { publicCertificate } from "../components/clientCertificate";
import type { ServiceSettings } from "../components/landscape";
import type { LandscapeDefinition } from "../components/landscapeDefinition";
import { parseLandscape } from "../components/landscapeDefinition";
import { checkRotation, defaultRotation } from "../components/rotation";
import { describeIssue, isoDate } from "../components/rules";
import { ArgumentError, UserError } from "../components/validation";

/** YAML reads a date without quotes as a time, and the CLI hands it on as one: midnight, which is taken off again. */
const date = z
  .string()
  .transform((value) => value.replace(/T00:00:00Z$/, ""))
  .refine(isoDate.accepts, { error: isoDate.allowed });

const service = z.strictObject({
  /** How the service proves to Entra who it is. */
  credential: z.enum(["secret", "certificate", "federated"]).default("secret"),
  /** The PEM file with the public certificate, for `certificate`. Relative to the project. */
  certificateFile: z.string().min(1).optional(),
  /** Its secrets have become known: one more `times` reissues them at once and ends the ones before. */
  revoked: z.strictObject({ times: z.int().min(1), reason: z.string().trim().min(1).max(500) }).optional(),
});

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
  /** What differs from service to service, by name. */
  services: z.record(z.string(), service).optional(),
  /** Where the tenant's tokens come from: of a sovereign cloud, or of a local Azure. */
  authority: z
    .string()
    .regex(/^https:\/\/[^/\s]+$/, { error: "an address without a path, like https://login.microsoftonline.com" })
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
  const text = readProjectFile("landscapeFile", landscapeFile);
  let data: unknown;
  try {
    data = parseYaml(text);
  } catch (error) {
    throw new UserError(`landscapeFile: cannot read ${landscapeFile}: ${(error as Error).message}`);
  }
  return parseLandscape(data, landscapeFile);
}

/** What the service settings mean for the landscape; certificates are read from their files. */
export function readServices({ services = {} }: Settings): Record<string, ServiceSettings> {
  return Object.fromEntries(
    Object.entries(services).map(([name, { credential, certificateFile, revoked }]) => {
      const revocations = revoked?.times ?? 0;
      if (credential === "federated") return [name, { credential: { kind: credential } }];
      if (credential === "secret") return [name, { revocations }];
      const certificate = readProjectFile(`services.${name}.certificateFile`, certificateFile ?? "");
      if (publicCertificate.accepts(certificate)) return [name, { credential: { kind: credential, certificate } }];
      // What is in the file is not repeated: it may be a private key.
      throw new UserError(`services.${name}.certificateFile: ${certificateFile} is not ${publicCertificate.allowed}`);
    }),
  );
}

function readProjectFile(setting: string, file: string): string {
  try {
    // The program runs in its own folder, the path is written from the project's.
    return readFileSync(path.resolve(pulumi.runtime.getRootDirectory(), file), "utf8");
  } catch (error) {
    throw new UserError(`${setting}: cannot read ${file}: ${(error as Error).message}`);
  }
}

function impossible({ rotation, services = {} }: Settings): string[] {
  const problems = Object.entries(services).flatMap(([name, { credential, certificateFile, revoked }]) => [
    ...(credential === "certificate" && certificateFile === undefined
      ? [`services.${name}.certificateFile is missing; allowed: the PEM file of the service's public certificate`]
      : []),
    ...(credential !== "certificate" && certificateFile !== undefined
      ? [`services.${name}.certificateFile is for the credential "certificate", not "${credential}"`]
      : []),
    ...(credential !== "secret" && revoked !== undefined
      ? [`services.${name}.revoked is for the credential "secret", not "${credential}"`]
      : []),
  ]);
  try {
    checkRotation(rotation);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    problems.push(error.message);
  }
  return problems;
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
  const allowed = issue.code === "unrecognized_keys" ? keysAt(issue.path).join(", ") : "";
  return describeIssue(issue, `is no setting; allowed here: ${allowed}`);
}

function keysAt(path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const key of path) {
    const inner = unwrap(at);
    at = inner instanceof z.ZodRecord ? inner.valueType : (inner as z.ZodObject).shape[key as string];
  }
  return Object.keys((unwrap(at) as z.ZodObject).shape);
}

const unwrap = (type: unknown): unknown => (type instanceof z.ZodOptional ? type.unwrap() : type);
