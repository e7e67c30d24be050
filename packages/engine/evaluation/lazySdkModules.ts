import Module from "node:module";
import path from "node:path";

/**
 * What the SDK needs to turn a function into text, for a dynamic provider: it brings the TypeScript compiler and npm's
 * dependency trees along, which take half of the time to load the SDK. With this module, they are loaded when a function is called.
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
