import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
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
import ts from "typescript";
import type { AskedExamples } from "../../packages/runtime/tests/support/askedExamples";

// npm packs and installs packages, from its cache if possible.
jest.setTimeout(240_000);

const name = "@microservice-identities/runtime";
/** The folder of the package's tests. */
const tests = path.join(projectFolder, "packages/runtime/tests");

const stock = ["GET /health: 200 ok", 'GET /stock: 401 {"error":"unauthorized"}'];
const whole = [...stock, 'GET /stock reads: 200 {"mugs":7}', 'POST /reservations writes: 201 {"by":"orders"}'];
const answered: AskedExamples = {
  fastify: whole,
  express: whole,
  nestjs: [
    ...whole,
    'GET /stock writes: 403 {"error":"insufficient_scope"}',
    'GET /forgotten reads: 403 {"error":"forbidden"}',
  ],
  node: ['GET /: 401 {"error":"unauthorized"}', 'GET / reads: 200 {"mugs":7,"for":"orders"}'],
  hono: [...stock, 'GET /stock reads: 200 {"mugs":7,"for":"orders"}'],
  guards: ["401", "401"],
  caller: ["ERR_API_UNKNOWN: it is not configured; the APIs are: none"],
};

describe("the package for services", () => {
  let project: string;
  let consumer: string;
  beforeAll(async () => {
    project = await packableProject();
    consumer = await consumerOf(await pack(path.join(project, "packages/runtime"), project));
  });
  afterAll(() => Promise.all([project, consumer].map((folder) => rm(folder, { recursive: true }))));

  it("contains only its compiled code with types, its README and licence", async () => {
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

  it("installs only jose and zod beside itself, in less than 15 MB", async () => {
    expect(await installedIn(consumer)).toEqual([name, "jose", "zod"]);
    const files = await readdir(path.join(consumer, "node_modules"), { recursive: true });
    const sizes = await Promise.all(files.map((file) => stat(path.join(consumer, "node_modules", file))));
    expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(15_000_000);
  });

  it("guards an API even if none of its peers is installed", async () => {
    const script = `
      const { Guard } = require("${name}/guard");
      const id = "11111111-2222-4333-8444-555555555555";
      new Guard({ tenantId: id, clientId: id }).judge(undefined, "Orders.Read").then(({ refusal }) => console.log(refusal.status));`;
    const { stdout, stderr } = await run(process.execPath, ["--eval", script], { cwd: consumer });
    expect([stdout, stderr]).toEqual(["401\n", ""]);
  });

  describe("with its peers and the other packages of the examples", () => {
    beforeAll(async () => {
      const manifest = await readFile(path.join(projectFolder, "packages/runtime/package.json"), "utf8");
      const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(manifest);
      const published = Object.entries(devDependencies).filter(
        ([each]) => !each.startsWith("@microservice-identities/"),
      );
      await install(consumer, "@types/express@5.0.6", ...published.map(([each, version]) => `${each}@${version}`));
    });

    /** Writes the examples, and the program that sends them requests, into a separate folder. */
    const writeExamples = async (folder: string, type: "commonjs" | "module"): Promise<string[]> => {
      const names = (await readdir(path.join(tests, "examples"))).map((name) => `examples/${name}`);
      const files = [...names, "support/testTenant.ts", "support/askedExamples.ts"];
      for (const file of files) {
        const text = await readFile(path.join(tests, file), "utf8");
        const target = path.join(consumer, folder, file);
        await mkdir(path.dirname(target), { recursive: true });
        // ES modules need the extension in a relative import.
        await writeFile(target, text.replace(/from "(\.[^"]+)"/g, 'from "$1.js"'));
      }
      await writeFile(path.join(consumer, folder, "package.json"), JSON.stringify({ type }));
      return files.map((file) => path.join(folder, file));
    };

    it.each<[string, "commonjs" | "module", () => Promise<object>]>([
      ["the settings of `tsc --init`, as ES modules", "module", settingsOfInit],
      [
        "the settings of older projects, which check all libraries and are not strict, as CommonJS",
        "commonjs",
        async () => ({
          strict: false,
          module: "commonjs",
          moduleResolution: "node",
          ignoreDeprecations: "6.0",
          target: "es2020",
        }),
      ],
    ])("compiles and runs the pages' examples with %s", async (_, type, settings) => {
      const folder = await mkdtemp(path.join(consumer, "examples-"));
      const files = await writeExamples(path.basename(folder), type);
      // Nest needs decorators.
      expect(compileIn(consumer, files, { ...(await settings()), experimentalDecorators: true })).toEqual([]);
      const { code, stdout, stderr } = await run(process.execPath, ["support/askedExamples.js"], { cwd: folder });
      expect([code, stderr]).toEqual([0, ""]);
      expect(JSON.parse(/^answered: (.*)$/m.exec(stdout)?.[1] ?? "")).toEqual(answered);
    });

    it("has types that find a mistake", async () => {
      await writeFile(
        path.join(consumer, "mistake.ts"),
        `import { requireAppRole } from "${name}/fastify";\nrequireAppRole("Orders.Read");\n`,
      );
      expect(compileIn(consumer, ["mistake.ts"])).toEqual(["mistake.ts: Expected 2 arguments, but got 1."]);
    });
  });

  /** The compiler options that `tsc --init` writes for a new project. */
  async function settingsOfInit(): Promise<object> {
    const folder = await mkdtemp(path.join(consumer, "init-"));
    await run(process.execPath, [require.resolve("typescript/bin/tsc"), "--init"], { cwd: folder });
    const file = path.join(folder, "tsconfig.json");
    return ts.readConfigFile(file, ts.sys.readFile).config.compilerOptions;
  }
});
