/** Packages that ship ES modules only: jest's `require` cannot load them, so they are transformed like our own files. */
const esModulesOnly = ["cookie", "jose", "listr2", "@viz-js/viz", "@actions/expressions", "@actions/workflow-parser"];

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  // Against a hang, not against a busy machine: the default of 5 s fails tests that start processes.
  testTimeout: 60_000,
  // Most of the time goes to programs in processes of their own; leaving a core idle would double it on two.
  maxWorkers: "100%",
  // A worker keeps what its test files have loaded. A large one runs slower, and takes long to start processes.
  workerIdleMemoryLimit: "256MB",
  // The Pulumi SDK and protobuf keep state in globals of their own; jest would warn of each.
  testEnvironmentOptions: { globalsCleanup: "off" },
  roots: ["<rootDir>/tests", "<rootDir>/packages"],
  modulePathIgnorePatterns: ["/dist/"],
  // `npm run test:engine`, `npm run test:clients` and `npm run test:pipelines` run these: they need other tools, and minutes.
  testPathIgnorePatterns: ["/node_modules/", "/tests/engine/", "/tests/clients/", "<rootDir>/tests/pipelines/"],
  // Type errors are `tsc`'s business; stripping the types keeps a test run in seconds.
  transform: { "^.+\\.[mc]?[tj]s$": ["@swc/jest", { jsc: { target: "es2022" }, module: { type: "commonjs" } }] },
  // GitHub's packages name no file for `require`.
  moduleNameMapper: {
    "^@actions/(expressions|workflow-parser)$": "<rootDir>/node_modules/@actions/$1/dist/index.js",
    "^@actions/expressions/(\\w+)$": "<rootDir>/node_modules/@actions/expressions/dist/$1.js",
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModulesOnly.join("|")})/)`],
};
