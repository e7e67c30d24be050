import { posix } from "node:path";

const nameOf = (path: string): string => posix.basename(path);

/** Whether a file is a `package.json` that Node or npm can read. Installed packages are judged by the lock file. */
export const isManifest = (path: string): boolean => nameOf(path) === "package.json";

/** Compiler settings. tsx reads `tsconfig.json` and what it extends: https://tsx.is/dev-api/node-cli#tsconfig-json-customization */
export const isCompilerSettings = (path: string): boolean => /^[tj]sconfig(\..+)?\.json$/.test(nameOf(path));

export const isNpmSettings = (path: string): boolean => nameOf(path) === ".npmrc";

/** npm prefers a shrinkwrap to the lock file: https://docs.npmjs.com/cli/v11/configuring-npm/npm-shrinkwrap-json */
export const isShrinkwrap = (path: string): boolean => nameOf(path) === "npm-shrinkwrap.json";

export const isInstalledFile = (path: string): boolean => path.split("/").includes("node_modules");

/** Changes to installed packages, as `patch-package`, Yarn and pnpm apply them. */
export const isPatch = (path: string): boolean => /(^|\/)patches\/|\.patch$/.test(path);

export const isAttributes = (path: string): boolean => nameOf(path) === ".gitattributes";

/** How Pulumi runs the policy pack and the plugin. */
export const isPulumiRuntime = (path: string): boolean => /^Pulumi(Policy|Plugin)\.(ya?ml|json)$/.test(nameOf(path));

/** Code that reviews, approves and deploys, or that a deployment runs without a resource showing it. */
export const isToolCode = (path: string): boolean =>
  /^(\.github|\.ci|azure-pipelines|gitlab|cli|components|bootstrap|plugin|packages)\/|^(\.gitlab-ci|azure-pipelines)\.yml$/.test(
    path,
  ) && !/(^|\/)tests?\/|\.md$/.test(path);
