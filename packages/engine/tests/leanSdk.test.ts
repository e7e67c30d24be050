import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

/** What a program on the SDK observes, with and without the module. */
interface Observed {
  /** The positions that the engine receives with a resource. */
  readonly positions: number;
  /** The lines of the stack trace of a promise that is not settled. */
  readonly traceOfPromise: number;
  /** The lines of the stack trace of an error after that. */
  readonly traceOfError: number;
  /** Whether the SDK still reports that promise. */
  readonly isFollowed: boolean;
  readonly compilerIsLoaded: boolean;
  /** A function, as a dynamic provider would store it. */
  readonly serialized: string;
}

const program = `
const pulumi = require("@pulumi/pulumi");
const debuggable = require("@pulumi/pulumi/runtime/debuggable");
const compilerIsLoaded = Object.keys(require.cache).some((file) => file.includes("/typescript"));
(async () => {
  await pulumi.runtime.setMocks({ call: () => ({}), newResource: ({ name }) => ({ id: name, state: {} }) });
  const monitor = pulumi.runtime.getMonitor();
  const registerResource = monitor.registerResource.bind(monitor);
  let positions = 0;
  monitor.registerResource = (request, ...others) => {
    positions += (request.getStacktrace()?.getFramesList().length ?? 0) + (request.hasSourceposition() ? 1 : 0);
    return registerResource(request, ...others);
  };
  await new Promise((resolve) => new pulumi.ComponentResource("test:index:Component", "it").urn.apply(resolve));
  const lines = (stack) => stack.split("\\n").length - 1;
  debuggable.leakedPromises();
  const promise = new Promise(() => {});
  debuggable.debuggablePromise(promise, "it");
  const { text } = await pulumi.runtime.serializeFunction(() => "stored");
  const serialized = text.match(/return \\(\\) => "stored"/)?.[0] ?? text;
  console.log(JSON.stringify({
    positions,
    traceOfPromise: lines(promise._debugStackTrace),
    traceOfError: lines(new Error("later").stack),
    isFollowed: debuggable.leakedPromises()[0].has(promise),
    compilerIsLoaded,
    serialized,
  }));
})();
`;

async function observed(modules: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Observed> {
  const imports = ["tsx", ...modules].flatMap((module) => ["--import", module]);
  const { stdout } = await promisify(execFile)(process.execPath, [...imports, "--eval", program], {
    cwd: path.dirname(__dirname),
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout);
}

const leanSdk = "./leanSdk.ts";

describe("a program on the SDK", () => {
  it("without leanSdk loads the compiler, and takes stack traces of its resources and promises", async () => {
    const { positions, traceOfPromise, ...others } = await observed([]);
    expect(others).toEqual({
      traceOfError: expect.any(Number),
      isFollowed: true,
      compilerIsLoaded: true,
      serialized: 'return () => "stored"',
    });
    expect([positions > 0, traceOfPromise > 0]).toEqual([true, true]);
  });

  it("with leanSdk does none of that, follows its promises, and can still serialize a function", async () => {
    const { traceOfError, ...others } = await observed([leanSdk]);
    expect(others).toEqual({
      positions: 0,
      traceOfPromise: 0,
      isFollowed: true,
      compilerIsLoaded: false,
      serialized: 'return () => "stored"',
    });
    expect(traceOfError).toBeGreaterThan(0);
  });

  it("with leanSdk and PULUMI_DEBUG_PROMISE_LEAKS keeps the stack traces of its promises", async () => {
    const { traceOfPromise, positions } = await observed([leanSdk], { PULUMI_DEBUG_PROMISE_LEAKS: "true" });
    expect([traceOfPromise > 0, positions]).toEqual([true, 0]);
  });
});
