import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
type Parameters = Readonly<Record<string, Value>>;

export interface AzureStage {
  readonly stage: string;
  readonly dependsOn: readonly string[];
  /** The condition as written, without line breaks; undefined means `succeeded()`. */
  readonly condition?: string;
  /** Groups, and names with values. Later ones override earlier ones. */
  readonly variables: readonly Value[];
  readonly jobs: readonly { readonly [key: string]: Value }[];
}

/**
 * The stages of a pipeline of Azure Pipelines, with its templates inserted. It supports parameters, their defaults and allowed values,
 * and `${{ parameters.x }}`, but not the expressions `if` and `each`.
 *
 * @throws Error for a template expression that is not supported, and for parameters that a template does not declare
 */
export function azureStages(file: string, given: Parameters = {}): AzureStage[] {
  const { stages, variables = [] } = expanded(file, given) as unknown as {
    stages: (Omit<AzureStage, "dependsOn"> & { dependsOn?: Value; variables?: Value[] })[];
    variables?: Value[];
  };
  const names = stages.map(({ stage }) => stage);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new Error(`${file}: the stage ${repeated} is declared more than once`);
  return stages.map((stage, index) => ({
    ...stage,
    // The variables of a stage override those of the pipeline.
    variables: [...variables, ...(stage.variables ?? [])],
    // By default, a stage depends on the one before it.
    dependsOn: (stage.dependsOn === undefined
      ? [stages[index - 1]?.stage ?? []]
      : [stage.dependsOn]
    ).flat() as string[],
    condition: stage.condition?.replaceAll(/\s+/g, " ").trim(),
  }));
}

function expanded(file: string, given: Parameters): Readonly<Record<string, Value>> {
  const { parameters = [], ...rest } = parse(readFileSync(file, "utf8")) as {
    parameters?: { name: string; default?: Value; values?: Value[] }[];
    [key: string]: unknown;
  };
  const unknown = Object.keys(given).filter((name) => !parameters.some((parameter) => parameter.name === name));
  if (unknown.length > 0) throw new Error(`${file} does not declare the parameter ${unknown.join(", ")}`);
  const values = Object.fromEntries(
    parameters.map(({ name, default: fallback, values: allowed }) => {
      const value = given[name] ?? fallback;
      if (value === undefined) throw new Error(`${file} needs the parameter ${name}`);
      if (allowed && !allowed.includes(value))
        throw new Error(`${file} gets ${name} ${value}; allowed: ${allowed.join(", ")}`);
      return [name, value];
    }),
  );
  const put = (value: Value): Value => {
    if (Array.isArray(value)) return value.flatMap((each) => inserted(each) ?? [put(each)]);
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, put(each)]));
    return typeof value === "string" ? substituted(value, values, file) : value;
  };
  /** The stages, jobs or steps of a template in place of its entry in a list. */
  const inserted = (entry: Value): Value[] | undefined => {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry) || typeof entry.template !== "string")
      return undefined;
    const content = expanded(
      path.join(path.dirname(file), entry.template),
      (put(entry.parameters ?? {}) ?? {}) as Parameters,
    );
    return Object.values(content)[0] as Value[];
  };
  return put(rest as Value) as Record<string, Value>;
}

function substituted(text: string, values: Parameters, file: string): Value {
  const pattern = /\$\{\{\s*(.*?)\s*\}\}/g;
  const valueIn = (expression: string): Value => {
    const name = /^parameters\.(\w+)$/.exec(expression)?.[1];
    if (name === undefined || values[name] === undefined) throw new Error(`${file}: ${expression} is not supported`);
    return values[name];
  };
  const whole = /^\$\{\{\s*([^}]*?)\s*\}\}$/.exec(text)?.[1];
  if (whole !== undefined) return valueIn(whole);
  return text.replaceAll(pattern, (_, expression) => String(valueIn(expression)));
}

export type StageResult = "Succeeded" | "Failed" | "Canceled" | "Skipped";

/** The result of a stage that runs. */
export interface StageOutcome {
  readonly result: StageResult;
  /** For example `{ "plan.compare.consents": "true" }`. */
  readonly outputs?: Readonly<Record<string, string>>;
}

/** Runs the stages in the order of their dependencies. @returns the result of each, in that order */
export function runStages(
  stages: readonly AzureStage[],
  run: (stage: AzureStage) => StageOutcome,
): Record<string, StageResult> {
  const ended = new Map<string, StageOutcome>();
  for (let left = [...stages]; left.length > 0; ) {
    const next = left.find(({ dependsOn }) => dependsOn.every((each) => ended.has(each)));
    if (!next)
      throw new Error(
        `these stages wait for each other, or for one that is missing: ${left.map(({ stage }) => stage)}`,
      );
    ended.set(next.stage, runsAfter(next, stages, ended) ? run(next) : { result: "Skipped" });
    left = left.filter((each) => each !== next);
  }
  return Object.fromEntries([...ended].map(([stage, { result }]) => [stage, result]));
}

type Dependencies = Readonly<Record<string, StageOutcome>>;

/** Whether a stage runs, after all stages that it depends on have ended. */
export function runsAfter(
  { stage, dependsOn, condition = "succeeded()" }: AzureStage,
  stages: readonly AzureStage[],
  ended: ReadonlyMap<string, StageOutcome>,
): boolean {
  const outcomes = (names: Iterable<string>) =>
    Object.fromEntries([...names].map((each) => [each, ended.get(each) as StageOutcome]));
  const before = new Set<string>();
  const collect = (name: string): void => {
    for (const each of stages.find((other) => other.stage === name)?.dependsOn ?? [])
      if (!before.has(each)) {
        before.add(each);
        collect(each);
      }
  };
  collect(stage);
  return new Condition(condition, outcomes(dependsOn), outcomes(before)).holds();
}

/** A condition of a stage: https://learn.microsoft.com/azure/devops/pipelines/process/expressions */
export class Condition {
  private readonly tokens: string[];

  constructor(
    private readonly text: string,
    private readonly dependencies: Dependencies,
    /** The results of all earlier stages, for the status functions. Default: only of the stages that it depends on directly. */
    private readonly before: Dependencies = dependencies,
  ) {
    this.tokens = text.match(/'(?:[^']|'')*'|[\w.]+(?:\['[^']*'\])?|[(),]/g) ?? [];
  }

  holds(): boolean {
    const value = this.value();
    if (this.tokens.length > 0) throw new Error(`${this.text}: unexpected ${this.tokens[0]}`);
    return value === true;
  }

  private value(): string | boolean {
    const token = this.tokens.shift() ?? "";
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (!this.take("(")) return this.variable(token);
    const args: (string | boolean)[] = [];
    while (!this.take(")")) {
      if (this.tokens.length === 0) throw new Error(`${this.text}: a parenthesis is not closed`);
      if (!this.take(",")) args.push(this.value());
    }
    return this.call(token, args);
  }

  /** Skips the next token if it is this one. @returns whether it was */
  private take(token: string): boolean {
    if (this.tokens[0] !== token) return false;
    this.tokens.shift();
    return true;
  }

  private variable(name: string): string {
    const [, stage = "", result, output] = /^dependencies\.(\w+)\.(?:(result)|outputs\['([^']+)'\])$/.exec(name) ?? [];
    const known = this.dependencies[stage];
    // A stage knows only the results of the stages that it depends on directly.
    if (!known) throw new Error(`${this.text}: ${name} belongs to no stage that this stage depends on`);
    if (result) return known.result;
    return known.outputs?.[output ?? ""] ?? "";
  }

  private call(name: string, args: readonly (string | boolean)[]): boolean {
    const results = Object.values(this.before).map(({ result }) => result);
    // Strings are compared case-insensitively.
    const same = (one: unknown, other: unknown) => `${one}`.toLowerCase() === `${other}`.toLowerCase();
    switch (name) {
      case "and":
        return args.every((each) => each === true);
      case "or":
        return args.some((each) => each === true);
      case "not":
        return args[0] !== true;
      case "eq":
        return same(args[0], args[1]);
      case "in":
        return args.slice(1).some((each) => same(args[0], each));
      case "succeeded":
        return results.every((result) => result === "Succeeded");
      case "failed":
        return results.includes("Failed");
      case "canceled":
        return results.includes("Canceled");
      case "always":
        return true;
      default:
        throw new Error(`${this.text}: the function ${name} is not supported`);
    }
  }
}
