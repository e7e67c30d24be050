import Module from "node:module";
import path from "node:path";

/**
 * Halves the processor time that the SDK needs to start and to register resources: this module removes what the SDK does only for
 * dynamic providers, for positions in the CLI's state and for debugging the SDK itself. Node loads it before the program (`nodeargs` in `Pulumi.yaml`, with a path from the
 * folder of the program, because not every installation has this package in `node_modules`). An SDK that works differently is left as it is.
 */

type Exports = Record<string, (...args: unknown[]) => unknown>;

const loader = Module as unknown as {
  _load(request: string, parent: NodeModule | undefined, ...rest: unknown[]): Exports;
};
const load = loader._load;

loader._load = (request, parent, ...rest) => {
  const now = (): Exports => load.call(Module, request, parent, ...rest);
  const change = changes[request];
  return change && parent?.filename.includes(path.join("@pulumi", "pulumi")) ? change(now) : now();
};

/**
 * The parts of the SDK that serialize a function for a dynamic provider. They load the TypeScript compiler and npm's dependency
 * trees, which take half of the time to load the SDK. They are loaded only when one of their functions is called.
 */
const loadedLate = (now: () => Exports): Exports =>
  new Proxy({} as Exports, {
    get:
      (_, name: string) =>
      (...args: unknown[]) =>
        (now()[name] as Exports[string])(...args),
  });

/**
 * The part that enables Node's debugger before a program starts. Its only use is to name the file of a function that cannot be
 * serialized; without it, the error message contains only the function's name.
 */
const withoutDebugger = (): Exports => ({ isInitializedAsync: async () => {} });

/**
 * The part that takes a stack trace, with source maps, for each promise. The SDK prints these traces only with
 * `PULUMI_DEBUG_PROMISE_LEAKS`, and with it they are kept. The promises themselves are still followed: a program that ends before one
 * of them is settled still fails.
 */
const withoutPromiseTraces = (now: () => Exports): Exports => {
  const debuggable = now() as Exports & { debugPromiseLeaks?: boolean };
  const { debuggablePromise, debugPromiseLeaks } = debuggable;
  if (debuggablePromise === undefined || debugPromiseLeaks === true || changed.has(debuggable)) return debuggable;
  changed.add(debuggable);
  debuggable.debuggablePromise = (...args) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(...args);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
  return debuggable;
};
const changed = new WeakSet<Exports>();

/**
 * The part that finds where in the program each resource is created. The CLI stores these positions in the state and shows them
 * nowhere else than in its JSON output. They are a sixth of the state, which the CLI writes before and after each resource, and they are
 * wrong here: they refer to the code that tsx compiles, all of which is one line.
 */
const withoutPositions = (now: () => Exports): Exports => {
  const { Resource } = now() as Exports & { Resource?: { stackTrace?: () => readonly unknown[] } };
  if (Resource?.stackTrace !== undefined) Resource.stackTrace = () => [];
  return now();
};

const changes: Readonly<Record<string, (now: () => Exports) => Exports>> = {
  "./closure/serializeClosure": loadedLate,
  "./closure/codePaths": loadedLate,
  "../../runtime/closure/v8Hooks": withoutDebugger,
  "./debuggable": withoutPromiseTraces,
  "./resource": withoutPositions,
};
