import type { z } from "zod";

/** The members that a schema knows and a body does not have, in a list in no row, as `properties.networkAcls.bypass`. */
export function missingMembers(type: z.core.$ZodType, value: unknown, path: readonly string[] = []): string[] {
  const { def } = type._zod as unknown as { def: Definition };
  if (def.type === "object" && def.shape && typeof value === "object" && value !== null) {
    return Object.entries(def.shape).flatMap(([name, member]) =>
      name in value
        ? missingMembers(member, (value as Record<string, unknown>)[name], [...path, name])
        : [[...path, name].join(".")],
    );
  }
  if (def.type === "array" && def.element && Array.isArray(value)) {
    const { element } = def;
    const [first = [], ...others] = value.map((each) => missingMembers(element, each, path));
    return first.filter((member) => others.every((each) => each.includes(member)));
  }
  const fitting = def.options?.find((option) => (option as z.ZodType).safeParse(value).success);
  const inner = fitting ?? def.innerType ?? def.in;
  return inner && value !== null ? missingMembers(inner, value, path) : [];
}

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  /** Of what is optional, nullable, or has a default. */
  readonly innerType?: z.core.$ZodType;
  /** Of what is transformed. */
  readonly in?: z.core.$ZodType;
}
