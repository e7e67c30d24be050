import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  compileIn,
  consumerOf,
  filesOf,
  installedIn,
  pack,
  packableProject,
} from "@microservice-identities/test-support/npm";
import { projectFolder, run } from "@microservice-identities/test-support/processes";

// npm packs and installs packages, from its cache if possible.
jest.setTimeout(240_000);

const name = "@microservice-identities/local-azure";

/** A test in somebody else's project, which starts a local Azure and reads from it. */
const test = `
import { startLocalAzure } from "${name}/localAzure";

startLocalAzure().then(async (azure) => {
  console.log(azure.tenant.applications.size, azure.authority === \`https://\${azure.host}\`);
  await azure.close();
});
`;

describe("the package of the local Azure", () => {
  let project: string;
  let consumer: string;
  beforeAll(async () => {
    project = await packableProject();
    consumer = await consumerOf(await pack(path.join(project, "packages/local-azure"), project));
  });
  afterAll(() => Promise.all([project, consumer].map((folder) => rm(folder, { recursive: true }))));

  it("contains only its compiled code and that of packages/well-known with types, the command's bundle, its README and licences", async () => {
    const sourcesOf = async (room: string) =>
      (await readdir(path.join(projectFolder, "packages", room), { recursive: true }))
        // Only the review needs graphRequests, and only the bootstrap needs consentPolicy.
        .filter((file) => file.endsWith(".ts") && !/^(tests|update)\/|^(graphRequests|consentPolicy)\.ts$/.test(file))
        .map((file) => `dist/${room}/${file.slice(0, -3)}`);
    const sources = [...(await sourcesOf("local-azure")), ...(await sourcesOf("well-known"))];
    expect(await filesOf(consumer, name)).toEqual(
      [
        "README.md",
        "dist/LICENSE",
        "dist/local-azure/command.bundle.js",
        "dist/local-azure/command.licences.txt",
        ...sources.flatMap((source) => [`${source}.d.ts`, `${source}.js`]),
        "package.json",
      ].sort(),
    );
  });

  it("does not need other packages of this project, Pulumi or an Azure SDK", async () => {
    const installed = await installedIn(consumer);
    expect(installed.filter((each) => /^@(microservice-identities|pulumi|azure)\//.test(each))).toEqual([name]);
  });

  it.each([
    ["CommonJS", "test.cts", "test.cjs"],
    ["an ES module", "test.mts", "test.mjs"],
  ])("compiles strictly and runs as %s, and refuses a mistake", async (_, source, compiled) => {
    await writeFile(path.join(consumer, source), test);
    expect(compileIn(consumer, [source])).toEqual([]);
    const { code, stdout, stderr } = await run(process.execPath, [compiled], { cwd: consumer });
    expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/^\d+ true\n$/), ""]);
    await writeFile(path.join(consumer, source), test.replace("startLocalAzure()", 'startLocalAzure({ port: "any" })'));
    expect(compileIn(consumer, [source])).toEqual([`${source}: Type 'string' is not assignable to type 'number'.`]);
  });

  it("contains a command that starts a local Azure, and that stops and removes its folder on Ctrl+C", async () => {
    const command = path.join(consumer, "node_modules/.bin/local-azure");
    const child = spawn(command, ["--folder", path.join(consumer, "connection")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "close");
    let stdout = "";
    await new Promise<void>((resolve, reject) => {
      child.stdout.on("data", (chunk) => {
        stdout += chunk;
        if (stdout.includes("deployer.env")) resolve();
      });
      child.on("close", (code) => reject(new Error(`it ended with ${code}`)));
    });
    expect(await readdir(path.join(consumer, "connection"))).toContain("deployer.env");
    child.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
    expect(await readdir(consumer)).not.toContain("connection");
  });
});
