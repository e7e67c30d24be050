import type { GitLabRule } from "./pipelineFile";

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Evaluates the rules of a job or a pipeline. @returns its `when`; undefined if no rule matches; `on_success` if there are no rules
 *
 * @throws Error for an unsupported expression
 */
export function ruled(rules: readonly GitLabRule[] | undefined, variables: Variables): string | undefined {
  if (rules === undefined || rules.length === 0) return "on_success";
  const rule = rules.find((each) => each.if === undefined || new Expression(each.if, variables).holds());
  return rule && (rule.when ?? "on_success");
}

/** https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions */
class Expression {
  private readonly tokens: string[];

  constructor(
    private readonly text: string,
    private readonly variables: Variables,
  ) {
    this.tokens = text.match(/\$\w+|"[^"]*"|'[^']*'|==|!=|=~|!~|&&|\|\||[()]|null\b|\/(?:[^/\\]|\\.)+\/i?|\S/g) ?? [];
  }

  holds(): boolean {
    const value = this.either();
    if (this.tokens.length > 0) throw new Error(`${this.text}: unexpected ${this.tokens[0]}`);
    return isTrue(value);
  }

  private either(): Value {
    let value = this.both();
    while (this.take("||")) {
      const other = this.both();
      value = isTrue(value) || isTrue(other);
    }
    return value;
  }

  private both(): Value {
    let value = this.comparison();
    while (this.take("&&")) {
      const other = this.comparison();
      value = isTrue(value) && isTrue(other);
    }
    return value;
  }

  private comparison(): Value {
    const left = this.value();
    if (this.take("==")) return left === this.value();
    if (this.take("!=")) return left !== this.value();
    if (this.take("=~")) return this.pattern().test(String(left ?? ""));
    if (this.take("!~")) return !this.pattern().test(String(left ?? ""));
    return left;
  }

  private value(): Value {
    const token = this.tokens.shift() ?? "";
    if (token === "(") {
      const value = this.either();
      if (!this.take(")")) throw new Error(`${this.text}: a parenthesis is not closed`);
      return value;
    }
    if (token === "null") return undefined;
    if (/^\$\w+$/.test(token)) return this.variables[token.slice(1)];
    if (/^(["']).*\1$/.test(token)) return token.slice(1, -1);
    throw new Error(`${this.text}: ${token} is not supported`);
  }

  private pattern(): RegExp {
    const [, text, flags] = /^\/(.*)\/(i?)$/.exec(this.tokens.shift() ?? "") ?? [];
    if (text === undefined) throw new Error(`${this.text}: a pattern is missing`);
    return new RegExp(text, flags);
  }

  private take(token: string): boolean {
    if (this.tokens[0] !== token) return false;
    this.tokens.shift();
    return true;
  }
}

type Value = string | boolean | undefined;
const isTrue = (value: Value): boolean => value === true || (typeof value === "string" && value !== "");
