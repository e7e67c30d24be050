import { Resource } from "@pulumi/pulumi";

import debuggable = require("@pulumi/pulumi/runtime/debuggable");

/**
 * Keeps the SDK from recording where in the program each resource and each promise is created, which costs more than creating
 * them: see docs/performance.md. An SDK that works differently still records it.
 */
export function withoutTraces(): void {
  withoutPositions();
  withoutPromiseTraces();
}

/**
 * Pulumi stores the positions of resources in the state and shows them nowhere else than in its JSON output. They are a sixth of the
 * state, which the CLI writes before and after each resource, and they are wrong here: they refer to the code that tsx compiles, all
 * of which is one line.
 */
function withoutPositions(): void {
  const recorder = Resource as unknown as { stackTrace?: () => readonly unknown[] };
  if (recorder.stackTrace !== undefined) recorder.stackTrace = () => [];
}

/**
 * The SDK takes a stack trace, with source maps, for each promise, but prints these traces only with `PULUMI_DEBUG_PROMISE_LEAKS`. The
 * promises themselves are still followed: a program that ends before one of them is settled still fails.
 */
function withoutPromiseTraces(): void {
  const sdk = debuggable as { debuggablePromise?: Follow; debugPromiseLeaks?: boolean };
  const { debuggablePromise: follow, debugPromiseLeaks } = sdk;
  if (follow === undefined || debugPromiseLeaks === true) return;
  sdk.debuggablePromise = (...promise) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return follow(...promise);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}

type Follow = (...promise: readonly unknown[]) => unknown;
