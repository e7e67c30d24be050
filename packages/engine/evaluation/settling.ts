import type { Resource } from "@pulumi/pulumi";

/** What an Output comes to. With made-up answers in the place of Azure's, every value is known. */
export interface Settled {
  readonly value: unknown;
  readonly secret: boolean;
  /** The resources that the value was taken from. */
  readonly resources: ReadonlySet<Resource>;
}

/** At once where it can be: most of a program's values wait for nothing, and a promise for each would cost more than all else. */
export type Soon<Value> = Value | Promise<Value>;

export type Settling = Soon<Settled>;

export function after<Value, Result>(value: Soon<Value>, next: (value: Value) => Soon<Result>): Soon<Result> {
  return value instanceof Promise ? value.then(next) : next(value);
}

export function allOf<Value>(each: readonly Soon<Value>[]): Soon<readonly Value[]> {
  return each.some((value) => value instanceof Promise) ? Promise.all(each) : (each as readonly Value[]);
}

const noResources: ReadonlySet<Resource> = new Set();

export const plain = (value: unknown): Settled => ({ value, secret: false, resources: noResources });

/** A value that was found within another: it is as secret as both, and from all that they are from. */
export const within = (outer: Settled, inner: Settled): Settled => ({
  value: inner.value,
  secret: outer.secret || inner.secret,
  resources: union([outer, inner]),
});

/** A list or an object as one, from what its members come to. */
export function composed(of: object, each: (member: unknown) => Settling): Settling {
  // From the iterator, a list's gaps are members too.
  const members = Array.isArray(of) ? Array.from(of, (member) => each(member)) : Object.values(of).map(each);
  const keys = Array.isArray(of) ? undefined : Object.keys(of);
  return after(allOf(members), (all) => {
    const values = all.map(({ value }) => value);
    return {
      value: keys ? Object.fromEntries(values.map((value, index) => [keys[index], value])) : values,
      secret: all.some(({ secret }) => secret),
      resources: union(all),
    };
  });
}

function union(all: readonly Settled[]): ReadonlySet<Resource> {
  const [first, ...others] = all.filter(({ resources }) => resources.size > 0);
  if (!first) return noResources;
  return others.length === 0 ? first.resources : new Set(all.flatMap(({ resources }) => [...resources]));
}
