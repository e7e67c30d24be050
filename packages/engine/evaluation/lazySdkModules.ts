import Module from "node:module";
import path from "node:path";

/**
 * The parts of the SDK that serialize a function for a dynamic provider. They load the TypeScript compiler and npm's dependency
 * trees, which take half of the time to load the SDK. With this module, they are loaded only when one of their functions is called.
 */
const late = ["./closure/serializeClosure", "./closure/codePaths"];

type Exports = Record<string, (...args: unknown[]) => unknown>;

const loader = Module as unknown as {
  _load(request: string, parent: NodeModule | undefined, ...rest: unknown[]): Exports;
};
const load = loader._load;

loader._load = (request, parent, ...rest) => {
  const now = (): Exports => load.call(Module, request, parent, ...rest);
  if (!late.includes(request) || !parent?.filename.includes(path.join("@pulumi", "pulumi"))) return now();
  return new Proxy({} as Exports, {
    get:
      (_, name: string) =>
      (...args: unknown[]) =>
        (now()[name] as Exports[string])(...args),
  });
};
