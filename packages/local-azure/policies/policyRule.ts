import { z } from "zod";

/** A resource as a rule sees it: the body of a request, with the name and the type of its resource. */
export interface PolicyResource {
  /** For example `Microsoft.KeyVault/vaults`. */
  readonly type: string;
  readonly name: string;
  readonly location?: unknown;
  readonly tags?: unknown;
  readonly properties?: unknown;
}

const scalar = z.union([z.string(), z.boolean(), z.number()]);
const comparison = z
  .strictObject({
    /** `type`, `name`, `location`, `tags['cost-center']`, or an alias such as `Microsoft.KeyVault/vaults/publicNetworkAccess`. */
    field: z.string().regex(/^(type|name|location|tags|tags\.[^\s[\]]+|tags\[[^\]]+\]|[\w.]+(\/[\w.]+)+)$/, {
      error: "type, name, location, tags['<name>'], or an alias without [*]",
    }),
    equals: scalar.optional(),
    notEquals: scalar.optional(),
    like: z.string().optional(),
    notLike: z.string().optional(),
    in: z.array(scalar).optional(),
    notIn: z.array(scalar).optional(),
    exists: z.union([z.boolean(), z.enum(["true", "false"])]).optional(),
  })
  .refine((given) => Object.keys(given).length === 2, { error: "a field and exactly one condition" });

export type Condition =
  | z.output<typeof comparison>
  | { readonly allOf: readonly Condition[] }
  | { readonly anyOf: readonly Condition[] }
  | { readonly not: Condition };

/** https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule */
export const condition: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    comparison,
    z.strictObject({ allOf: z.array(condition).min(1) }),
    z.strictObject({ anyOf: z.array(condition).min(1) }),
    z.strictObject({ not: condition }),
  ]),
);

/** Whether a rule's `if` holds for a resource. Strings are compared case-insensitively, as in Azure Policy. */
export function holds(rule: Condition, resource: PolicyResource): boolean {
  if ("allOf" in rule) return rule.allOf.every((each) => holds(each, resource));
  if ("anyOf" in rule) return rule.anyOf.some((each) => holds(each, resource));
  if ("not" in rule) return !holds(rule.not, resource);
  const value = fieldOf(rule.field, resource);
  if (rule.exists !== undefined) return (value !== undefined && value !== null) === (String(rule.exists) === "true");
  if (rule.equals !== undefined) return isSame(value, rule.equals);
  if (rule.notEquals !== undefined) return !isSame(value, rule.notEquals);
  if (rule.like !== undefined) return isLike(value, rule.like);
  if (rule.notLike !== undefined) return !isLike(value, rule.notLike);
  if (rule.in !== undefined) return rule.in.some((each) => isSame(value, each));
  return !(rule.notIn ?? []).some((each) => isSame(value, each));
}

/** The value of a field; undefined for a property that the request omits, and for an alias of another type. */
function fieldOf(field: string, { type, name, location, tags, properties }: PolicyResource): unknown {
  const named: Readonly<Record<string, unknown>> = { type, name, location, tags };
  if (Object.hasOwn(named, field)) return named[field];
  const [, tag] = /^tags(?:\.|\[')(.+?)(?:'\])?$/.exec(field) ?? [];
  if (tag !== undefined) return memberOf(tags, tag);
  if (!field.toLowerCase().startsWith(`${type.toLowerCase()}/`)) return undefined;
  return field
    .slice(type.length + 1)
    .split(".")
    .reduce<unknown>(memberOf, properties);
}

/** The names of tags and properties are case-insensitive in Azure. */
function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

const isSame = (value: unknown, other: unknown): boolean =>
  value !== undefined && value !== null && `${value}`.toLowerCase() === `${other}`.toLowerCase();

function isLike(value: unknown, pattern: string): boolean {
  if (typeof value !== "string") return false;
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace("*", ".*");
  return new RegExp(`^${escaped}$`, "i").test(value);
}
