/** The contexts of an expression, for example `{ github: { ref: … }, needs: … }`. */
export type Contexts = Readonly<Record<string, unknown>>;

/** The results of the status functions in a condition. */
export interface Status {
  readonly success: boolean;
  readonly failure: boolean;
  readonly cancelled: boolean;
}

export interface Expressions {
  /** The value of an expression without `${{ }}`. @throws Error for one that GitHub refuses */
  evaluate(expression: string, contexts: Contexts, status?: Status): unknown;
  /** A copy of a value of a workflow with all `${{ }}` evaluated. */
  resolve<T>(value: T, contexts: Contexts): T;
}

/** GitHub's own evaluator. Its package is an ES module. */
export async function loadExpressions(): Promise<Expressions> {
  const { data, Evaluator, Lexer, Parser } = await import("@actions/expressions");
  const evaluate: Expressions["evaluate"] = (expression, contexts, status) => {
    const answers = { always: true, ...status };
    const functions = new Map(
      status === undefined
        ? []
        : Object.entries(answers).map(([name, answer]) => [
            name,
            { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(answer) },
          ]),
    );
    const { tokens } = new Lexer(expression).lex();
    const parsed = new Parser(tokens, Object.keys(contexts), [...functions.values()]).parse();
    const known = JSON.parse(JSON.stringify(contexts), data.reviver);
    const result = new Evaluator(parsed, known, functions).evaluate();
    return result === undefined ? null : JSON.parse(JSON.stringify(result, data.replacer));
  };
  const resolve = <T>(value: T, contexts: Contexts): T => {
    if (Array.isArray(value)) return value.map((each) => resolve(each, contexts)) as T;
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolve(each, contexts)])) as T;
    if (typeof value !== "string") return value;
    // A value that consists of one expression keeps its type.
    const whole = /^\$\{\{((?:(?!\}\}).)*)\}\}$/s.exec(value)?.[1];
    if (whole !== undefined) return evaluate(whole, contexts) as T;
    return value.replace(/\$\{\{(.*?)\}\}/gs, (_, inner) => textOf(evaluate(inner, contexts))) as T;
  };
  return { evaluate, resolve };
}

/** Converts a value to a string as GitHub does: null is empty. */
export const textOf = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

/** Whether a condition is met. */
export const isTruthy = (value: unknown): boolean => value !== false && value !== null && value !== 0 && value !== "";
