import { existsSync } from "node:fs";
import path from "node:path";
import { startOf } from "@microservice-identities/validation/days";
import { readTextFile } from "@microservice-identities/validation/files";
import { isoDate } from "@microservice-identities/validation/formats";
import { UserError } from "@microservice-identities/validation/userError";
import { LineCounter, parse, type ScalarTag, YAMLParseError } from "yaml";
import { missing } from "./project";

/** The settings for a stack's program, and the other content of its files. */
export interface StackConfig {
  /** As the CLI hands it to the program: each key with its namespace, structured values as JSON. */
  readonly config: Readonly<Record<string, string>>;
  /** Why a value cannot be known without the CLI and its backend, by key. */
  readonly unknown: Readonly<Record<string, string>>;
  /** The other content of the project's and the stack's file, for example the runtime, plugins and secrets provider, as JSON. */
  readonly beside: Readonly<Record<string, string>>;
}

/**
 * The settings of a stack as the CLI reads them: `config` of `Pulumi.yaml`, and over it that of `Pulumi.{stack}.yaml`; a key
 * without a namespace is the project's own.
 *
 * @throws UserError that names the file and what is wrong
 */
export async function readStackSettings(folder: string, stack: string): Promise<StackConfig> {
  const projectFile = path.join(folder, "Pulumi.yaml");
  const project = contentOf(projectFile);
  const name = `${project.name}`;
  const stackFile = path.join(folder, `${project.stackConfigDir ?? "."}`, `Pulumi.${stack}.yaml`);
  if (!existsSync(stackFile)) throw new UserError(await missing(stackFile));
  const file = contentOf(stackFile);
  const defaults = settingsIn(project, name, projectFile).flatMap(([key, said]) => {
    const value = defaultOf(said);
    return value === undefined ? [] : [[key, value] as const];
  });
  const own = settingsIn(file, name, stackFile);
  const config: Record<string, string> = {};
  const unknown: Record<string, string> = {};
  for (const [key, value] of [...defaults, ...own]) {
    delete unknown[key];
    delete config[key];
    if (hasEncrypted(value)) unknown[key] = "is encrypted, which only a Pulumi CLI can read";
    else config[key] = textOf(value);
  }
  const imports = importsOf(file.environment);
  if (imports) unknown.environment = `is imported from Pulumi ESC (${imports}), which only a Pulumi CLI can read`;
  return {
    config,
    unknown,
    beside: { ...besideOf("Pulumi.yaml", project), ...besideOf(`Pulumi.${stack}.yaml`, file) },
  };
}

/** The settings in a file by their full keys. The CLI takes any of two with the same full key, which differs from run to run. */
function settingsIn(content: Readonly<Record<string, unknown>>, project: string, file: string): [string, unknown][] {
  const written = new Map<string, string>();
  return Object.entries(sectionOf(content, "config", file)).map(([key, value]) => {
    const full = keyIn(project, key);
    const other = written.get(full);
    if (other !== undefined)
      throw new UserError(
        `${path.basename(file)}: ${other} and ${key} are the same setting, ${full}; allowed: one of them. Remove the other`,
      );
    written.set(full, key);
    return [full, value];
  });
}

/** @throws UserError when there is something that only the CLI can read */
export async function readStackConfig(folder: string, stack: string): Promise<Record<string, string>> {
  const { config, unknown } = await readStackSettings(folder, stack);
  const [first] = Object.entries(unknown);
  if (first) throw new UserError(`Pulumi.${stack}.yaml: ${first[0]} ${first[1]}`);
  return config;
}

/** Settings by their full keys. A key without a namespace belongs to the project. */
export const namespaced = (config: Readonly<Record<string, string>>, project: string): Record<string, string> =>
  Object.fromEntries(Object.entries(config).map(([key, value]) => [keyIn(project, key), value]));

/** A key without a namespace is the project's; `config` between the two is from older versions, and left out. */
function keyIn(project: string, key: string): string {
  const [namespace, ...rest] = key.split(":");
  if (rest.length === 0) return `${project}:${key}`;
  return rest.length === 2 && rest[0] === "config" ? `${namespace}:${rest[1]}` : key;
}

/** The value itself, or the default for stacks that do not set it. */
function defaultOf(said: unknown): unknown {
  if (typeof said !== "object" || said === null || Array.isArray(said) || said instanceof Date) return said;
  const { value, default: usual } = said as Record<string, unknown>;
  return value ?? usual;
}

/** As the CLI writes it: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/config/value.go */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" && !isScalar(value) ? JSON.stringify(inside(value)) : `${plain(value)}`;
}

/** Go sorts keys, and rounds numbers that are too large. */
function inside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inside);
  if (typeof value !== "object" || value === null || isScalar(value))
    return typeof value === "bigint" ? Number(value) : plain(value);
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, inside(each)]));
}

const isScalar = (value: object): boolean => value instanceof Date || value instanceof Uint8Array;

/** A date without quotes becomes a time in Go's format, and base64 becomes a string. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  return value instanceof Date ? `${value.toISOString().slice(0, 19).replace("T", " ")} +0000 UTC` : value;
}

const hasEncrypted = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null) return false;
  return "secure" in value || Object.values(value).some(hasEncrypted);
};

function importsOf(environment: unknown): string | undefined {
  if (environment === undefined || environment === null) return undefined;
  const imports = Array.isArray(environment) ? environment : (environment as { imports?: unknown }).imports;
  if (Array.isArray(imports) && imports.length === 0) return undefined;
  return Array.isArray(imports)
    ? imports.map((each) => (typeof each === "string" ? each : JSON.stringify(each))).join(", ")
    : "inline";
}

/** The content other than settings that no deployment depends on: for people, and for `pulumi new`. All other keys count. */
const forPeople = ["name", "description", "author", "website", "license", "template", "config"];

const besideOf = (file: string, content: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.keys(content)
      .filter((key) => content[key] !== undefined && !forPeople.includes(key))
      .map((key) => [`${file}: ${key}`, JSON.stringify(inside(content[key]))]),
  );

function sectionOf(content: Readonly<Record<string, unknown>>, key: string, file: string): Record<string, unknown> {
  const section = content[key] ?? {};
  if (typeof section !== "object" || Array.isArray(section))
    throw new UserError(`${path.basename(file)}: ${key} is ${JSON.stringify(section)}; allowed: keys and values`);
  return section as Record<string, unknown>;
}

/**
 * Whole numbers that Go's YAML reads and YAML 1.2 does not: in base 2 or 8, or with underscores.
 * https://github.com/yaml/go-yaml/blob/v3/resolve.go
 */
const goNumber: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?(0b_*[01][01_]*|0o?_*[0-7][0-7_]*|0x_*[\da-f][\da-f_]*|[1-9]\d*_[\d_]*)$/i,
  resolve(text) {
    const [, sign, digits = ""] = /^([-+]?)(.*)$/.exec(text.replaceAll("_", "")) ?? [];
    const value = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
    return sign === "-" ? -value : value;
  },
};

/**
 * Days without quotes. Go's YAML leaves a day that does not exist a string, where others take a later one, and writes a time in its
 * own zone: https://github.com/yaml/go-yaml/blob/v3/resolve.go
 */
const goTime: ScalarTag = {
  tag: "tag:yaml.org,2002:timestamp",
  default: true,
  test: /^\d{4}-\d{1,2}-\d{1,2}(([Tt]|[ \t]+)\d{1,2}:\d{1,2}:\d{1,2}(\.\d*)?([ \t]*(Z|[-+]\d{1,2}(:?\d{2})?))?)?$/,
  resolve(text, onError) {
    const [, year = "", month = "", day = "", rest = ""] = /^(\d+)-(\d+)-(\d+)(.*)$/s.exec(text) ?? [];
    if (rest !== "") {
      onError(`${JSON.stringify(text)} can be read as a time in different ways; write it in quotes`);
      return text;
    }
    const iso = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
    return isoDate.accepts(iso) ? startOf(iso) : text;
  },
};

/** Parses as Go's YAML does: a date without quotes is a time, and a whole number keeps all of its digits. */
function contentOf(file: string): Readonly<Record<string, unknown>> {
  const lines = new LineCounter();
  const text = readTextFile(file);
  if (/^\ufeff?%(YAML|TAG)\b/m.test(text.split(/^---/m)[0] ?? ""))
    throw new UserError(
      `${path.basename(file)} begins with a YAML directive (%), which the CLI does not follow. Remove it`,
    );
  try {
    const content = parse(text, {
      customTags: (tags) => [goNumber, goTime, ...tags, "binary"],
      merge: true,
      intAsBigInt: true,
      lineCounter: lines,
      // Without an excerpt of the file, which may contain a secret.
      prettyErrors: false,
    }) as unknown;
    if (content === null || content === undefined) return {};
    if (typeof content === "object" && !Array.isArray(content)) return content as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const { line, col } = lines.linePos(error.pos[0]);
    throw new UserError(`cannot read ${file}: line ${line}, column ${col}: ${error.message}`);
  }
  throw new UserError(`${path.basename(file)} contains no keys and values`);
}
