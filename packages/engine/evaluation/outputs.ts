import type { Resource } from "@pulumi/pulumi";
import { chain, composed, type MaybeResolved, plain, type ResolvedValue, within } from "./resolvedValue";

/**
 * An Output with the members that programs and the SDK use. An Output of the SDK keeps about fifteen promises until the program
 * ends; this one keeps only its result.
 */
class Output {
  readonly __pulumiOutput = true;
  /** An own property, so that it survives copying, merging and freezing, as the SDK's functions do. */
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
          // Every caller receives the error from the returned promise.
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

  /** The resources that are known synchronously. The SDK uses them to detect circular dependencies. */
  resources(): Set<Resource> {
    const resolving = this.__settling();
    return new Set(resolving instanceof Promise ? [] : resolving.resources);
  }

  /** Never synchronous, as in the SDK: the function runs after the code that follows the call. */
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

/** Constructs an Output as the SDK does, from a promise for each part. */
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
    // As in the SDK, these are read only to find out what kind of object this is.
    if (typeof property === "symbol" || property === "then" || property.startsWith("__")) return undefined;
    if (property === "doNotCapture" || property === "deploymentOnlyModule") return undefined;
    return target.apply((value) => (value as Record<string, unknown> | null | undefined)?.[property]);
  },
};

export function isOutput(value: unknown): value is Output {
  return typeof value === "object" && value !== null && (value as Partial<Output>).__pulumiOutput === true;
}

/** The result of any Output, even if another copy of the SDK, or a part of the SDK with its own class, created it. */
export function settlingOf(given: object): MaybeResolved {
  const made = given as Output;
  return (
    made.__settling?.() ??
    assembledOutput([], made.promise(), made.isKnown, made.isSecret, made.allResources()).__settling()
  );
}

const outputOf = (resolving: MaybeResolved): Output => outputFrom(() => resolving);

/** An Output that is computed only if something reads it. */
export const outputFrom = (start: () => MaybeResolved): Output => new Proxy(new Output(start), liftedMembers);

const lifted = (outer: ResolvedValue): MaybeResolved =>
  isOutput(outer.value) ? chain(settlingOf(outer.value), (inner) => within(outer, inner)) : outer;

/** An Output of a value, in which all promises and Outputs are unwrapped. */
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

/** The replacements of the SDK's functions that create Outputs, each with the SDK's name, arguments and result. */
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
