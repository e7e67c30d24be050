import { parseAllDocuments } from "yaml";

type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
type Hash = Record<string, Value>;

export interface GitLabRule {
  readonly if?: string;
  readonly when?: string;
}

export interface GitLabJob {
  readonly stage: string;
  /** The jobs that must end before this one starts. Undefined: all jobs of earlier stages. */
  readonly needs?: readonly string[];
  /** Undefined: the job is in every pipeline. */
  readonly rules?: readonly GitLabRule[];
  readonly script?: readonly string[];
  readonly environment?: { readonly name: string; readonly deployment_tier?: string; readonly action?: string };
  readonly resource_group?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly id_tokens?: Readonly<Record<string, { readonly aud: string }>>;
  readonly timeout?: string;
  readonly artifacts?: { readonly when?: string; readonly paths: readonly string[] };
  readonly trigger?: {
    readonly include: readonly { readonly artifact: string; readonly job: string }[];
    readonly strategy?: string;
    readonly forward?: { readonly yaml_variables?: boolean };
  };
  readonly tags?: readonly string[];
  readonly image?: string;
  readonly parallel?: { readonly matrix: readonly Readonly<Record<string, readonly string[]>>[] };
}

export interface GitLabPipeline {
  readonly stages: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly workflow: readonly GitLabRule[];
  readonly jobs: Readonly<Record<string, GitLabJob>>;
}

/** The supported keys. A pipeline with any other key is refused, so that no key is silently ignored. */
const supportedKeys = {
  workflow: ["auto_cancel", "rules"],
  default: ["image"],
  rule: ["if", "when"],
  job: [
    ...["stage", "extends", "needs", "rules", "script", "environment", "resource_group", "variables", "id_tokens"],
    ...["timeout", "artifacts", "trigger", "tags", "image", "parallel", "interruptible"],
  ],
  environment: ["name", "deployment_tier", "action"],
  artifacts: ["when", "paths"],
  trigger: ["include", "strategy", "forward"],
};

/**
 * Reads a pipeline of GitLab CI, with its local includes, their inputs, and the jobs that its jobs extend.
 *
 * @param textOf the text of a file of the revision
 * @throws Error for known mistakes that GitLab refuses, and for unsupported keys
 */
export async function readPipeline(
  text: string,
  textOf: (file: string) => Promise<string>,
  place = ".gitlab-ci.yml",
): Promise<GitLabPipeline> {
  const all = await included(place, text, {}, textOf);
  const { default: defaults = {}, variables = {}, workflow = {}, stages, ...jobs } = all;
  refuseUnsupported(`${place}, workflow`, workflow as Hash, supportedKeys.workflow);
  refuseUnsupported(`${place}, default`, defaults as Hash, supportedKeys.default);
  const names = (stages ?? ["build", "test", "deploy"]) as string[];
  const rules = ((workflow as Hash).rules ?? []) as GitLabRule[];
  for (const rule of rules) refuseUnsupported(`${place}, workflow`, rule as Hash, supportedKeys.rule);
  return {
    stages: names,
    variables: Object.fromEntries(Object.entries(variables as Hash).map(([name, value]) => [name, textIn(value)])),
    workflow: rules,
    jobs: Object.fromEntries(
      Object.keys(jobs)
        .filter((name) => !name.startsWith("."))
        .map((name) => [name, jobOf(`${place}, job ${name}`, name, jobs as Hash, defaults as Hash, names)]),
    ),
  };
}

/** A variable with a description is an object; its value is in `value`. */
const textIn = (value: Value): string =>
  String(typeof value === "object" && value !== null && !Array.isArray(value) ? value.value : value);

/** Merges the content of a file over the content of its includes. */
async function included(place: string, text: string, inputs: Hash, textOf: (file: string) => Promise<string>) {
  const content = interpolated(place, text, inputs);
  const { include = [], ...own } = content;
  let merged: Hash = {};
  for (const each of [include].flat() as Hash[]) {
    refuseUnsupported(`${place}, include`, each, ["local", "inputs"]);
    const file = String(each.local);
    merged = over(await included(file, await textOf(file), (each.inputs ?? {}) as Hash, textOf), merged);
  }
  return over(own, merged);
}

/** Inserts the inputs into a file, whose first document may declare them. */
export function interpolated(place: string, text: string, inputs: Readonly<Hash>): Hash {
  const documents = parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw new Error(`${place}: ${document.errors[0]?.message}`);
    return document.toJS() as Hash;
  });
  const content = documents.pop() ?? {};
  const declared = ((documents[0]?.spec as Hash)?.inputs ?? {}) as Record<string, { type?: string; default?: Value }>;
  const unknown = Object.keys(inputs).filter((name) => !(name in declared));
  if (unknown.length > 0) throw new Error(`${place} does not declare the input ${unknown.join(", ")}`);
  const values = Object.fromEntries(
    Object.entries(declared).map(([name, { type = "string", default: fallback }]) => {
      const value = inputs[name] ?? fallback;
      if (value === undefined) throw new Error(`${place} needs the input ${name}`);
      if ((Array.isArray(value) ? "array" : typeof value) !== type)
        throw new Error(`${place}: the input ${name} is ${JSON.stringify(value)}, which is not of the type ${type}`);
      return [name, value];
    }),
  );
  const inputIn = (name: string): Value => {
    if (!(name in values)) throw new Error(`${place} does not declare the input ${name}`);
    return values[name] as Value;
  };
  const put = (value: Value): Value => {
    if (Array.isArray(value)) return value.map(put);
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [String(put(key)), put(each)]));
    if (typeof value !== "string") return value;
    const whole = /^\$\[\[ inputs\.(\w+) \]\]$/.exec(value)?.[1];
    if (whole !== undefined) return inputIn(whole);
    return value.replace(/\$\[\[ inputs\.(\w+) \]\]/g, (_, name) => String(inputIn(name)));
  };
  return put(content) as Hash;
}

/** Hashes are merged key by key, everything else is replaced. */
function over(upper: Hash, lower: Hash): Hash {
  const merged: Hash = { ...lower };
  for (const [key, value] of Object.entries(upper)) {
    const before = merged[key];
    merged[key] = isHash(value) && isHash(before) ? over(value, before) : value;
  }
  return merged;
}
const isHash = (value: Value | undefined): value is Hash =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function jobOf(place: string, name: string, jobs: Hash, defaults: Hash, stages: readonly string[]): GitLabJob {
  const { extends: _, ...job } = extended(place, name, jobs);
  refuseUnsupported(place, job, supportedKeys.job);
  for (const key of ["environment", "artifacts", "trigger"] as const)
    if (job[key]) refuseUnsupported(`${place}, ${key}`, job[key] as Hash, supportedKeys[key]);
  for (const rule of (job.rules ?? []) as Hash[]) refuseUnsupported(place, rule, supportedKeys.rule);
  if ((job.script === undefined) === (job.trigger === undefined))
    throw new Error(`${place} must have either a script or a trigger`);
  if (!stages.includes(`${job.stage ?? "test"}`))
    throw new Error(`${place} is in the stage ${job.stage}; allowed: ${stages.join(", ")}`);
  return { stage: "test", ...defaults, ...job } as unknown as GitLabJob;
}

function extended(place: string, name: string, jobs: Hash): Hash {
  const job = jobs[name] as Hash | undefined;
  if (!job) throw new Error(`${place} extends ${name}, which does not exist`);
  const bases = [job.extends ?? []].flat() as string[];
  return bases.reduceRight((merged, base) => over(merged, extended(place, base, jobs)), job);
}

function refuseUnsupported(place: string, written: Hash, keys: readonly string[]): void {
  const unknown = Object.keys(written).filter((key) => !keys.includes(key));
  if (unknown.length > 0)
    throw new Error(`${place}: ${unknown.join(", ")} is not supported; supported are: ${keys.join(", ")}`);
}
