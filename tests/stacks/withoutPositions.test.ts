import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { getMonitor } from "@pulumi/pulumi/runtime";
import { withoutPositions } from "../../stacks/withoutPositions";

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
  withoutPositions();
  await registered("after");
  expect(frames).toEqual([0]);
});
