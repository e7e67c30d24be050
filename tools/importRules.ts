/** Which other rooms a room may import, and why no others. */
export interface Room {
  /** Other rooms, by their folder. */
  readonly mayImport: readonly string[];
  /** The reason, as the end of a sentence after "because". */
  readonly because: string;
  /** The folders whose package.json files must declare each npm package that the room imports; with `dev`, in devDependencies too. */
  readonly dependencies: { readonly of: readonly string[]; readonly dev?: boolean };
}

const deployed = { of: ["."] };
const development = { of: ["."], dev: true };
const shared = ["packages/validation", "packages/well-known"];
const packages = ["runtime", "local-azure", "engine", "proof", "review", "validation", "well-known"];
const allPackages = packages.map((name) => `packages/${name}`);

/**
 * Every folder with code, except tests, which may import everything. A folder that is missing here is reported.
 * Validation and well-known are deployed together with the rooms that import them, so the root package.json declares their packages too.
 */
export const rooms: Readonly<Record<string, Room>> = {
  stacks: {
    mayImport: ["components", ...shared],
    because: "a stack is evaluated and deployed without the commands and the packages behind them",
    dependencies: deployed,
  },
  components: {
    mayImport: shared,
    because: "any stack can use the components, and they are packed as a library",
    dependencies: deployed,
  },
  bootstrap: {
    mayImport: ["components", ...shared],
    because: "it is deployed before the landscape and does not depend on one",
    dependencies: deployed,
  },
  plugin: {
    mayImport: ["components", ...shared],
    because: "it offers the components to programs in other languages, without the landscapes of this project",
    dependencies: deployed,
  },
  examples: {
    mayImport: ["components"],
    because: "an example shows how a program outside this project uses a component",
    dependencies: deployed,
  },
  "packages/well-known": {
    mayImport: [],
    because: "it is data that every other room may import",
    dependencies: { of: ["packages/well-known", "."] },
  },
  "packages/well-known/update": {
    mayImport: ["packages/well-known"],
    because: "it generates the data, and only its own command runs it",
    dependencies: { of: ["packages/well-known"], dev: true },
  },
  "packages/validation": {
    mayImport: [],
    because: "every other room may import it",
    dependencies: { of: ["packages/validation", "."] },
  },
  "packages/runtime": {
    mayImport: [],
    because: "services install it without anything else of this project",
    dependencies: { of: ["packages/runtime"] },
  },
  "packages/local-azure": {
    mayImport: ["packages/well-known"],
    because: "it checks what the rest of the project deploys, so it must not share code with it",
    dependencies: { of: ["packages/local-azure"] },
  },
  "packages/engine": {
    mayImport: shared,
    because: "it runs any Pulumi program against any Azure, so it knows neither a stack nor the local Azure",
    dependencies: { of: ["packages/engine"] },
  },
  "packages/proof": {
    mayImport: ["packages/engine", "packages/local-azure", ...shared],
    because: "it checks the deployment and how services check tokens, so it must not share code with either",
    dependencies: { of: ["packages/proof"] },
  },
  "packages/review": {
    mayImport: ["packages/engine", ...shared],
    because: "it reads the resources of any program, not the declarations of this project",
    dependencies: { of: ["packages/review"] },
  },
  cli: {
    mayImport: ["stacks", "components", ...allPackages, "packages/well-known/update"],
    because: "commands are the outermost room: they connect the others",
    dependencies: development,
  },
  bench: {
    mayImport: ["stacks", "components", "cli", "tests/support", ...allPackages],
    because: "it measures the other rooms",
    dependencies: development,
  },
  tools: {
    mayImport: [],
    because: "the tools check and pack the other rooms, and must work even if those are broken",
    dependencies: development,
  },
};

/** Rooms that are deployed or packed without the project's node_modules. They import packages by relative paths. */
export const roomsWithoutPackageNames: readonly string[] = ["stacks", "components", "bootstrap", "plugin", "examples"];
