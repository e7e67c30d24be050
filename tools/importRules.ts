/** What a room may import of the project, and why not more. */
export interface Room {
  /** Other rooms, by their folder. */
  readonly mayImport: readonly string[];
  /** Completes "because ". */
  readonly because: string;
  /** The folders whose package.json has to declare each npm package that it imports; packages for development count if `dev`. */
  readonly dependencies: { readonly of: readonly string[]; readonly dev?: boolean };
}

const deployed = { of: ["."] };
const development = { of: ["."], dev: true };
const shared = ["packages/validation", "packages/well-known"];
const packages = ["runtime", "local-azure", "engine", "proof", "review", "validation", "well-known"];
const allPackages = packages.map((name) => `packages/${name}`);

/**
 * Every folder with code, tests aside: those may import everything. A folder that is missing here is reported.
 * Validation and well-known are deployed with the rooms that import them, so the root package.json declares their packages too.
 */
export const rooms: Readonly<Record<string, Room>> = {
  stacks: {
    mayImport: ["components", ...shared],
    because: "a stack is evaluated and deployed without the commands and the packages behind them",
    dependencies: deployed,
  },
  components: {
    mayImport: shared,
    because: "the components serve any stack and are packed as a library",
    dependencies: deployed,
  },
  bootstrap: {
    mayImport: ["components", ...shared],
    because: "it is deployed before the landscape and does not depend on one",
    dependencies: deployed,
  },
  plugin: {
    mayImport: ["components", ...shared],
    because: "it offers the components to programs in other languages, and no landscape of ours",
    dependencies: deployed,
  },
  examples: {
    mayImport: ["components"],
    because: "an example shows a component to programs that have nothing else of this project",
    dependencies: deployed,
  },
  "packages/well-known": {
    mayImport: [],
    because: "it is data that every other room may import",
    dependencies: { of: ["packages/well-known", "."] },
  },
  "packages/well-known/update": {
    mayImport: ["packages/well-known"],
    because: "it generates the data, and only its command runs it",
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
    because: "it judges what the rest of the project deploys, so it shares no code with it",
    dependencies: { of: ["packages/local-azure"] },
  },
  "packages/engine": {
    mayImport: shared,
    because: "it runs any Pulumi program against any Azure, so it knows neither a stack nor the local Azure",
    dependencies: { of: ["packages/engine"] },
  },
  "packages/proof": {
    mayImport: ["packages/engine", "packages/local-azure", ...shared],
    because: "it judges what was deployed and how services check tokens, so it shares no code with either",
    dependencies: { of: ["packages/proof"] },
  },
  "packages/review": {
    mayImport: ["packages/engine", ...shared],
    because: "it reads resources of any program, and none of this project's declarations",
    dependencies: { of: ["packages/review"] },
  },
  cli: {
    mayImport: ["stacks", "components", ...allPackages, "packages/well-known/update"],
    because: "commands are the outermost room: they bring the others together",
    dependencies: development,
  },
  bench: {
    mayImport: ["stacks", "components", "cli", "tests/support", ...allPackages],
    because: "it measures the rooms and is part of none",
    dependencies: development,
  },
  tools: {
    mayImport: [],
    because: "the tools check and pack the other rooms from outside, also when those are broken",
    dependencies: development,
  },
};

/** Rooms that are deployed, or packed, from their files alone: they reach packages by relative paths. */
export const roomsWithoutPackageNames: readonly string[] = ["stacks", "components", "bootstrap", "plugin", "examples"];
