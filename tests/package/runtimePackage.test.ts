import { readdir, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  compileIn,
  consumerOf,
  filesOf,
  install,
  installedIn,
  pack,
  packableProject,
} from "@microservice-identities/test-support/npm";
import { projectFolder, run } from "@microservice-identities/test-support/processes";

// npm packs and installs, from its cache where it can.
jest.setTimeout(240_000);

const name = "@microservice-identities/runtime";
const peers = ["@azure/identity@4.13.1", "@azure/keyvault-secrets@4.11.2", "@azure/msal-node@7.2.3", "fastify@5.12.8"];

/** A service that refuses a request without a token, and that is configured wrongly. */
const service = `
import { Caller } from "${name}/caller";
import { configurationFrom } from "${name}/configuration";
import { Guard } from "${name}/guard";
import { requireAppRole } from "${name}/fastify";

const id = "11111111-2222-4333-8444-555555555555";
const guard = new Guard({ tenantId: id, clientId: id });
export const hook = requireAppRole(guard, "Orders.Read");
guard.judge(undefined, "Orders.Read").then(({ refusal }) => console.log(refusal?.status));
try {
  new Caller(configurationFrom({}));
} catch (error) {
  console.log((error as Error).name);
}
`;

describe("the package for services", () => {
  let project: string;
  let consumer: string;
  beforeAll(async () => {
    project = await packableProject();
    consumer = await consumerOf(await pack(path.join(project, "packages/runtime"), project));
  });
  afterAll(() => Promise.all([project, consumer].map((folder) => rm(folder, { recursive: true }))));

  it("holds its compiled code with types, its README and licence, and nothing else", async () => {
    const sources = (await readdir(path.join(projectFolder, "packages/runtime"), { recursive: true }))
      .filter((file) => file.endsWith(".ts") && !file.startsWith("tests/"))
      .map((file) => `dist/runtime/${file.slice(0, -3)}`);
    expect(await filesOf(consumer, name)).toEqual(
      [
        "README.md",
        "dist/LICENSE",
        ...sources.flatMap((source) => [`${source}.d.ts`, `${source}.js`]),
        "package.json",
      ].sort(),
    );
  });

  it("installs in less than 15 MB beside its peers, without Pulumi and its providers", async () => {
    expect(await installedIn(consumer)).toEqual([name, "jose", "zod"]);
    const files = await readdir(path.join(consumer, "node_modules"), { recursive: true });
    const sizes = await Promise.all(files.map((file) => stat(path.join(consumer, "node_modules", file))));
    expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(15_000_000);
  });

  it("guards an API alone, where none of its peers is installed", async () => {
    const script = `
      const { Guard } = require("${name}/guard");
      const id = "11111111-2222-4333-8444-555555555555";
      new Guard({ tenantId: id, clientId: id }).judge(undefined, "Orders.Read").then(({ refusal }) => console.log(refusal.status));`;
    const { stdout, stderr } = await run(process.execPath, ["--eval", script], { cwd: consumer });
    expect([stdout, stderr]).toEqual(["401\n", ""]);
  });

  describe("with its peers", () => {
    beforeAll(() => install(consumer, ...peers));

    it.each([
      ["CommonJS", "service.cts", "service.cjs"],
      ["an ES module", "service.mts", "service.mjs"],
    ])("compiles strictly and runs as %s, and refuses a mistake", async (_, source, compiled) => {
      await writeFile(path.join(consumer, source), service);
      expect(compileIn(consumer, source)).toEqual([]);
      const { code, stdout, stderr } = await run(process.execPath, [compiled], { cwd: consumer });
      expect([code, stdout.split("\n").sort(), stderr]).toEqual([0, ["", "401", "ConfigurationError"], ""]);
      await writeFile(
        path.join(consumer, source),
        service.replace('requireAppRole(guard, "Orders.Read")', "requireAppRole(guard)"),
      );
      expect(compileIn(consumer, source)).toEqual(["Expected 2 arguments, but got 1."]);
    });
  });
});
