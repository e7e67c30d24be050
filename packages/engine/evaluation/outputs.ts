import type { Resource } from "@pulumi/pulumi";
import { chain, composed, type MaybeResolved, plain, type ResolvedValue, within } from "./resolvedValue";

/**
 * An Output with the members that programs and the SDK use. An Output of the SDK keeps about fifteen promises until the program
 * ends; this one keeps only its result.
 */
class Output {
  readonly __pulumiOutput = true;
  /** A function of its own, which outlives copying, merging and freezing as the SDK's functions do. */
  readonly __settling: () => MaybeResolved;

  constructor(start: () => MaybeResolved) {
    let now: MaybeResolved | undefined;
    this.__settling = () => {
      if (now) return now;
      now = start();
      if (now instanceof Promise)
        now.then(
          (resolved) => {
            now = resolved;
          },
          // Whoever asked is told.
          () => {},
        );
      return now;
    };
  }

  promise(): Promise<unknown> {
    return this.__settled().then(({ value }) => value);
  }

  get isKnown(): Promise<boolean> {
    return this.__settled().then(() => true);
  }

  get isSecret(): Promise<boolean> {
    return this.__settled().then(({ secret }) => secret);
  }

  allResources(): Promise<Set<Resource>> {
    return this.__settled().then(({ resources }) => new Set(resources));
  }

  /** Those that are known at once: the SDK looks for circles by them. */
  resources(): Set<Resource> {
    const resolving = this.__settling();
    return new Set(resolving instanceof Promise ? [] : resolving.resources);
  }

  /** Never at once, as in the SDK: what a program does within comes after what it does beside it. */
  apply(func: (value: unknown) => unknown): Output {
    return outputOf(applied(this.__settling(), func));
  }

  get(): never {
    throw new Error("an Output has no value before the deployment: use apply");
  }

  toString(): string {
    return "an Output has no text before the deployment: use apply or interpolate";
  }

  toJSON(): string {
    return "an Output has no JSON before the deployment: use apply or jsonStringify";
  }

  private async __settled(): Promise<ResolvedValue> {
    return this.__settling();
  }
}

async function applied(resolving: MaybeResolved, func: (value: unknown) => unknown): Promise<ResolvedValue> {
  const outer = await resolving;
  return lifted({ ...outer, value: await func(outer.value) });
}

/** As the SDK constructs one, from a promise for each part. */
const assembledOutput = Object.assign(
  function Output(
    resources: Resource | Iterable<Resource>,
    promise: Promise<unknown>,
    isKnown?: Promise<boolean>,
    isSecret?: Promise<boolean>,
    allResources?: Promise<Resource | Iterable<Resource>>,
  ): Output {
    const assembled = async () => {
      const [value, secret = false, others = []] = await Promise.all([promise, isSecret, allResources, isKnown]);
      return lifted({ value, secret, resources: new Set([...eachOf(resources), ...eachOf(others)]) });
    };
    return outputOf(assembled());
  },
  { isInstance: isOutput, create: output },
);

const eachOf = (resources: Resource | Iterable<Resource>): Iterable<Resource> =>
  Symbol.iterator in resources ? resources : [resources];

/** A member of an Output's value is an Output itself. */
const liftedMembers: ProxyHandler<Output> = {
  get(target, property) {
    if (property in target) return target[property as keyof Output];
    // As in the SDK: what is asked only to find out what kind of thing this is.
    if (typeof property === "symbol" || property === "then" || property.startsWith("__")) return undefined;
    if (property === "doNotCapture" || property === "deploymentOnlyModule") return undefined;
    return target.apply((value) => (value as Record<string, unknown> | null | undefined)?.[property]);
  },
};

export function isOutput(value: unknown): value is Output {
  return typeof value === "object" && value !== null && (value as Partial<Output>).__pulumiOutput === true;
}

/** Of any Output: another copy of the SDK, or a part of it that makes its own, may have made it. */
export function settlingOf(given: object): MaybeResolved {
  const made = given as Output;
  return (
    made.__settling?.() ??
    assembledOutput([], made.promise(), made.isKnown, made.isSecret, made.allResources()).__settling()
  );
}

const outputOf = (resolving: MaybeResolved): Output => outputFrom(() => resolving);

/** For what may never be asked for. */
export const outputFrom = (start: () => MaybeResolved): Output => new Proxy(new Output(start), liftedMembers);

const lifted = (outer: ResolvedValue): MaybeResolved =>
  isOutput(outer.value) ? chain(settlingOf(outer.value), (inner) => within(outer, inner)) : outer;

/** With everything in it that is a promise or an Output unwrapped. */
function output(value: unknown): Output {
  return outputOf(unwrapped(value, []));
}

function unwrapped(value: unknown, around: readonly unknown[]): MaybeResolved {
  if (typeof value !== "object" || value === null || "__pulumiResource" in value) return plain(value);
  if (value instanceof Promise) return value.then((each) => unwrapped(each, around));
  if (isOutput(value))
    return chain(settlingOf(value), (outer) => chain(unwrapped(outer.value, around), (inner) => within(outer, inner)));
  if (around.includes(value)) throw new Error("an Output cannot be made of a value that contains itself");
  const inside = [...around, value];
  return composed(value, (each) => unwrapped(each, inside));
}

const marked = (value: unknown, secret: boolean): Output =>
  outputOf(chain(settlingOf(output(value)), (resolved) => ({ ...resolved, secret })));

/** In the place of the SDK's functions that make Outputs; each with the SDK's name, arguments and result. */
export const outputFunctions = {
  Output: assembledOutput,
  output,
  all: output,
  secret: (value: unknown) => marked(value, true),
  unsecret: (value: unknown) => marked(value, false),
  concat: (...values: unknown[]) => output(values).apply((known) => (known as unknown[]).join("")),
  interpolate: (literals: TemplateStringsArray, ...values: unknown[]) =>
    output(values).apply((known) => String.raw({ raw: literals }, ...(known as unknown[]))),
  jsonStringify: (value: unknown, replacer?: never, space?: string | number) =>
    output(value).apply((known) => JSON.stringify(known, replacer, space)),
  jsonParse: (text: unknown, reviver?: (this: unknown, key: string, value: unknown) => unknown) =>
    output(text).apply((known) => JSON.parse(known as string, reviver)),
};
