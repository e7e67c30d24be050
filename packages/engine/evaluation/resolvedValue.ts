import type { Resource } from "@pulumi/pulumi";

/** The result of an Output. Generated answers replace Azure's, so every value is known. */
export interface ResolvedValue {
  readonly value: unknown;
  readonly secret: boolean;
  /** The resources that the value comes from. */
  readonly resources: ReadonlySet<Resource>;
}

/** Synchronous if possible: most of a program's values wait for nothing, and a promise for each would take most of the time. */
export type MaybePromise<Value> = Value | Promise<Value>;

export type MaybeResolved = MaybePromise<ResolvedValue>;

export function chain<Value, Result>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  return value instanceof Promise ? value.then(next) : next(value);
}

export function allOf<Value>(each: readonly MaybePromise<Value>[]): MaybePromise<readonly Value[]> {
  return each.some((value) => value instanceof Promise) ? Promise.all(each) : (each as readonly Value[]);
}

const noResources: ReadonlySet<Resource> = new Set();

export const plain = (value: unknown): ResolvedValue => ({ value, secret: false, resources: noResources });

/** A value inside of another. It is secret if one of them is, and comes from the resources of both. */
export const within = (outer: ResolvedValue, inner: ResolvedValue): ResolvedValue => ({
  value: inner.value,
  secret: outer.secret || inner.secret,
  resources: union([outer, inner]),
});

/** The result of a list or an object, from the results of its members. */
export function composed(of: object, each: (member: unknown) => MaybeResolved): MaybeResolved {
  // From the iterator, a list's gaps are members too.
  const members = Array.isArray(of) ? Array.from(of, (member) => each(member)) : Object.values(of).map(each);
  const keys = Array.isArray(of) ? undefined : Object.keys(of);
  return chain(allOf(members), (all) => {
    const values = all.map(({ value }) => value);
    return {
      value: keys ? Object.fromEntries(values.map((value, index) => [keys[index], value])) : values,
      secret: all.some(({ secret }) => secret),
      resources: union(all),
    };
  });
}

function union(all: readonly ResolvedValue[]): ReadonlySet<Resource> {
  const [first, ...others] = all.filter(({ resources }) => resources.size > 0);
  if (!first) return noResources;
  return others.length === 0 ? first.resources : new Set(all.flatMap(({ resources }) => [...resources]));
}
