import * as pulumi from "@pulumi/pulumi";
import type { Format } from "../packages/validation/formats";
import { ArgumentError } from "../packages/validation/userError";

/**
 * Returns the value as an Output, and throws an {@link ArgumentError} if it is not allowed: at once for a plain value, inside
 * `apply` for an Output.
 *
 * @param where the component, its name and the property, for example `ServiceVault orders: retentionDays`
 */
export function checked<T>(where: string, value: pulumi.Input<T>, format: Format<T>): pulumi.Output<T> {
  const check = (plain: T): T => {
    if (!format.accepts(plain)) throw new ArgumentError(where, plain, format.allowed);
    return plain;
  };
  if (pulumi.Output.isInstance(value) || value instanceof Promise) {
    return pulumi.output(value).apply((plain) => check(plain as T)) as pulumi.Output<T>;
  }
  return pulumi.output(check(value as T)) as pulumi.Output<T>;
}
