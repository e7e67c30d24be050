import { shown } from "./shown";

/**
 * A mistake that the program's user can correct. It ends a Pulumi program with its message and nothing else: the SDK recognises
 * its own `RunError` by this property, so no package has to load the SDK for it.
 */
export class UserError extends Error {
  readonly __pulumiRunError = true;

  constructor(message: string) {
    super(message);
    // The SDK formats a RunError's stack without printing it, which takes Node 20 half a minute: its `util.inspect` does
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
    super(`${where} is ${shown(value)}; allowed: ${allowed}`);
  }
}
