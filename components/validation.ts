import * as pulumi from "@pulumi/pulumi";
import type { Rule } from "../packages/validation/rules";

/** A mistake that the program's user can put right. Ends a Pulumi program with its message and nothing else. */
export class UserError extends pulumi.RunError {
  constructor(message: string) {
    super(message);
    // The SDK never prints a RunError's stack, yet formats it, which takes Node 20 half a minute: its `util.inspect` does
    // not get past a file that lies directly in a scoped package's folder.
    this.stack = "";
  }
}

/** An argument that no deployment could accept. */
export class ArgumentError extends UserError {
  constructor(
    readonly where: string,
    value: unknown,
    allowed: string,
  ) {
    super(`${where} is ${JSON.stringify(value)}; allowed: ${allowed}`);
  }
}

/**
 * The value, checked: a plain value throws an {@link ArgumentError} at once, an Output inside `apply`.
 *
 * @param where the component, its name and the property, as in `ServiceVault orders: retentionDays`
 */
export function checked<T>(where: string, value: pulumi.Input<T>, rule: Rule<T>): pulumi.Output<T> {
  const check = (plain: T): T => {
    if (!rule.accepts(plain)) throw new ArgumentError(where, plain, rule.allowed);
    return plain;
  };
  if (pulumi.Output.isInstance(value) || value instanceof Promise) {
    return pulumi.output(value).apply((plain) => check(plain as T)) as pulumi.Output<T>;
  }
  return pulumi.output(check(value as T)) as pulumi.Output<T>;
}
