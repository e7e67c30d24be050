import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { outputFunctions } from "../../evaluation/outputs";

/** An expression that a program may use as a value. */
type Expression =
  | { readonly kind: "literal"; readonly value: unknown }
  | {
      readonly kind: "resource";
      readonly name: string;
      readonly value: unknown;
      readonly secret: boolean;
      readonly by: "this" | "another copy of the SDK";
    }
  | { readonly kind: "list" | "concat" | "interpolate"; readonly of: readonly Expression[] }
  | { readonly kind: "object"; readonly of: Readonly<Record<string, Expression>> }
  | { readonly kind: "apply"; readonly of: Expression; readonly to: Expression }
  | { readonly kind: "member"; readonly of: Expression; readonly key: string }
  | { readonly kind: (typeof unary)[number]; readonly of: Expression };

const unary = ["promise", "output", "all", "secret", "unsecret", "json"] as const;

const keys = fc.constantFrom("a", "b", "length", "__a");

const value = fc.oneof(
  fc.constantFrom(null, undefined, true, 0, "text"),
  fc.array(fc.integer(), { maxLength: 2 }),
  fc.dictionary(keys, fc.string()),
);

const { expression } = fc.letrec<{ expression: Expression }>((tie) => {
  const inner = tie("expression");
  return {
    expression: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.record({ kind: fc.constant("literal" as const), value }),
      fc.record({
        kind: fc.constant("resource" as const),
        name: fc.constantFrom("vault", "secret", "identity"),
        value,
        secret: fc.boolean(),
        by: fc.constantFrom("this", "another copy of the SDK"),
      }),
      fc.record({ kind: fc.constantFrom("list", "concat", "interpolate"), of: fc.array(inner, { maxLength: 3 }) }),
      fc.record({ kind: fc.constant("object" as const), of: fc.dictionary(keys, inner, { maxKeys: 2 }) }),
      fc.record({ kind: fc.constant("apply" as const), of: inner, to: inner }),
      fc.record({ kind: fc.constant("member" as const), of: inner, key: keys }),
      fc.record({ kind: fc.constantFrom(...unary), of: inner }),
    ) as fc.Arbitrary<Expression>,
  };
});

/** The functions about Outputs: the SDK's own, or their replacements. */
interface Functions {
  readonly Output: new (...parts: unknown[]) => TestedOutput;
  output(value: unknown): TestedOutput;
  all(value: unknown): TestedOutput;
  secret(value: unknown): TestedOutput;
  unsecret(value: unknown): TestedOutput;
  concat(...values: unknown[]): TestedOutput;
  interpolate(literals: readonly string[], ...values: unknown[]): TestedOutput;
  jsonStringify(value: unknown): TestedOutput;
  jsonParse(text: unknown): TestedOutput;
}

interface TestedOutput {
  apply(func: (value: unknown) => unknown): TestedOutput;
  promise(): Promise<unknown>;
  readonly isKnown: Promise<boolean>;
  readonly isSecret: Promise<boolean>;
  allResources(): Promise<Set<{ readonly name: string }>>;
}

const resources = Object.fromEntries(
  ["vault", "secret", "identity"].map((name) => [name, { __pulumiResource: true, name }]),
);

/** Evaluates the expression with these functions. */
function evaluated(functions: Functions, expression: Expression): unknown {
  const write = (each: Expression) => evaluated(functions, each);
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "resource": {
      const { name, value, secret, by } = expression;
      const { Output } = by === "this" ? functions : (pulumi as unknown as Functions);
      const settled = (part: unknown) => Promise.resolve(part);
      return new Output(resources[name], settled(value), settled(true), settled(secret), settled([resources[name]]));
    }
    case "list":
      return expression.of.map(write);
    case "concat":
      return functions.concat(...expression.of.map(write));
    case "interpolate":
      return functions.interpolate(["<", ...expression.of.map((_, index) => `${index}>`)], ...expression.of.map(write));
    case "object":
      return Object.fromEntries(Object.entries(expression.of).map(([key, each]) => [key, write(each)]));
    case "apply":
      return functions.output(write(expression.of)).apply((value) => [value, write(expression.to)][1]);
    case "member":
      return (functions.output(write(expression.of)) as unknown as Record<string, unknown>)[expression.key];
    case "promise":
      return Promise.resolve(write(expression.of));
    case "json":
      return functions.jsonParse(functions.jsonStringify([write(expression.of)]));
    default:
      return functions[expression.kind](functions.output(write(expression.of)));
  }
}

/** All properties of an expression's Output. */
async function propertiesOf(functions: Functions, expression: Expression): Promise<unknown> {
  const output = functions.output(evaluated(functions, expression));
  const [value, isKnown, isSecret, from] = await Promise.all([
    output.promise(),
    output.isKnown,
    output.isSecret,
    output.allResources(),
  ]);
  return { value, isKnown, isSecret, from: [...from].map(({ name }) => name).sort() };
}

describe("the Outputs of an evaluation", () => {
  it("have the same values as the SDK's Outputs, for random programs", async () => {
    const quick = outputFunctions as unknown as Functions;
    await fc.assert(
      fc.asyncProperty(expression, async (each) => {
        expect(await propertiesOf(quick, each)).toEqual(await propertiesOf(pulumi as unknown as Functions, each));
      }),
      { numRuns: 500 },
    );
  });
});
