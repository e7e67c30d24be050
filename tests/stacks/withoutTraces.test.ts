import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { getMonitor } from "@pulumi/pulumi/runtime";

import debuggable = require("@pulumi/pulumi/runtime/debuggable");

import { withoutTraces } from "../../stacks/withoutTraces";

const sdk = debuggable as unknown as {
  debuggablePromise(promise: Promise<unknown>, context: string): Promise<unknown>;
  debugPromiseLeaks: boolean;
  leakedPromises(): [leaked: ReadonlySet<Promise<unknown>>, message: string];
};
/** Replaced by the function under test. */
const { debuggablePromise } = sdk;

afterEach(() => {
  Object.assign(sdk, { debuggablePromise, debugPromiseLeaks: false });
  sdk.leakedPromises();
});

test("the engine receives no positions in the program when a resource of a stack is registered", async () => {
  const frames: number[] = [];
  await pulumi.runtime.setMocks({
    call: () => ({}),
    newResource: ({ name }) => ({ id: `${name}-id`, state: {} }),
  });
  const monitor = getMonitor() as unknown as {
    registerResource(request: RegisterResourceRequest, ...others: unknown[]): unknown;
  };
  const registerResource = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, ...others) => {
    frames.push(request.getStacktrace()?.getFramesList().length ?? 0);
    if (request.hasSourceposition()) frames.push(1);
    return registerResource(request, ...others);
  };
  const registered = (name: string) =>
    new Promise((resolve) => new pulumi.ComponentResource("test:index:Component", name).urn.apply(resolve));

  await registered("before");
  expect(frames.splice(0)).not.toEqual([0]);
  withoutTraces();
  await registered("after");
  expect(frames).toEqual([0]);
});

describe("a promise of the SDK", () => {
  const traceOf = (promise: Promise<unknown>) =>
    (promise as unknown as { _debugStackTrace: string })._debugStackTrace.split("\n").slice(1);
  const unsettled = () => new Promise(() => {});

  it("is followed until it is settled, without a stack trace, and errors still have theirs", () => {
    const [before, after] = [unsettled(), unsettled()];
    sdk.leakedPromises();
    void sdk.debuggablePromise(before, "before");
    withoutTraces();
    void sdk.debuggablePromise(after, "after");
    expect(traceOf(before)).not.toEqual([]);
    expect(traceOf(after)).toEqual([]);
    expect([...sdk.leakedPromises()[0]]).toEqual([before, after]);
    expect(new Error("later").stack?.split("\n").length).toBeGreaterThan(1);
  });

  it("has a stack trace with PULUMI_DEBUG_PROMISE_LEAKS", () => {
    const promise = unsettled();
    sdk.debugPromiseLeaks = true;
    withoutTraces();
    void sdk.debuggablePromise(promise, "leak");
    expect(traceOf(promise)).not.toEqual([]);
  });
});
