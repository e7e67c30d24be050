/** Each value whose key an earlier one has, together with the first one that has it. */
export function alike<T>(values: readonly T[], keyOf: (value: T) => string): [value: T, first: T][] {
  const firsts = new Map<string, T>();
  return values.flatMap((value): [T, T][] => {
    const key = keyOf(value);
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, value);
    return first === undefined ? [] : [[value, first]];
  });
}
