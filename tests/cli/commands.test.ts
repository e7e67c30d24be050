import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { faultPlan } from "@microservice-identities/local-azure/faults";
import { run, runCommand, runCommandIn } from "@microservice-identities/test-support/processes";
import { shopProject } from "@microservice-identities/test-support/project";
import { shop } from "@microservice-identities/test-support/shopProject/stacks/shop";

jest.setTimeout(60_000);

describe("every command", () => {
  let project: string;
  beforeAll(async () => {
    project = await shopProject();
  });
  afterAll(() => rm(project, { recursive: true }));

  it("prints its help through its npm script", async () => {
    const { code, stdout, stderr } = await runCommand("schema", "--help");
    expect([code, stdout.split("\n").slice(0, 5), stderr]).toEqual([
      0,
      [
        "Usage: npm run schema -- [options]",
        "",
        "Generates the JSON Schemas of the review, of the stacks' settings, of usage",
        "files and of the usage report, and the page about the rules of the review, in",
        "docs/.",
      ],
      "",
    ]);
  });

  it("ends without a message when the reader of its output closes the pipe, as `head` does", async () => {
    const command = "node --import tsx cli/review.ts --format json";
    const script = `${command} | head -c 1; echo " \${PIPESTATUS[0]}"`;
    expect(await run("bash", ["-c", script], { cwd: project })).toEqual({ code: 0, stdout: "{ 141\n", stderr: "" });
  });

  it.each([
    [
      "start",
      ["--colour"],
      "error: unknown option '--colour'\n(Did you mean --cloud?)\n`npm run start -- --help` lists the arguments and options.\n",
    ],
    [
      "start",
      ["--engine", "terraform"],
      'error: -e, --engine <engine> is "terraform"; allowed: auto, pulumi, built-in.\n`npm run start -- --help` lists the arguments and options.\n',
    ],
    [
      "start",
      ["--engine", "built-in", "--stack", "nowhere"],
      "\nthe deployment of stack nowhere failed:\n  there is no Pulumi.nowhere.yaml in the project. Its stacks are: dev, prod\n",
    ],
    [
      "review",
      ["--out", "review.doc"],
      'error: -o, --out <file> is "review.doc"; allowed: a file with one of the extensions .txt, .md, .html, .json, .sarif, .xml.\n`npm run review -- --help` lists the arguments and options.\n',
    ],
    ["review", ["--state", "nowhere.json"], "\ncannot read nowhere.json: there is no such file; correct the path\n"],
    [
      "local",
      ["--port", "70000"],
      'error: -p, --port <port> is "70000"; allowed: a whole number from 0 to 65535; 0 is any free port.\n`npm run local -- --help` lists the arguments and options.\n',
    ],
  ])("%s refuses %j with exit code 2 and the reason", async (name, args, message) => {
    const { code, stderr } = await runCommandIn({ project }, name, ...args);
    expect([code, stderr]).toEqual([2, message]);
  });

  it("review fails from the given severity, with new-low only for new findings, and writes each file in the format of its extension", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "reviewed-"));
    const [saved, waivers] = [path.join(folder, "review.json"), path.join(folder, "waivers.yaml")];
    await writeFile(waivers, "waivers: []\n");
    const begins = {
      txt: "Access review of dev on ",
      md: "<!-- access review -->\n",
      html: "<!doctype html>\n",
      json: '{\n  "stack": "dev",\n',
      sarif: '{\n  "$schema"',
      xml: '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites',
    };
    const fileOf = (ending: string) => path.join(folder, `review.${ending}`);
    const outs = Object.keys(begins).flatMap((ending) => ["--out", fileOf(ending)]);
    const first = await runCommandIn({ project }, "review", "--fail-on", "low", ...outs, "--waivers", waivers);
    const written = await Promise.all(
      Object.entries(begins).map(async ([ending, begin]) => [
        ending,
        (await readFile(fileOf(ending), "utf8")).slice(0, begin.length),
      ]),
    );
    expect(Object.fromEntries(written)).toEqual(begins);
    const quiet = await runCommandIn(
      { project },
      "review",
      "--against-file",
      saved,
      "--fail-on",
      "new-low",
      "--waivers",
      waivers,
    );
    await writeFile(waivers, "waivers:\n  - rule: none\n");
    const wrong = await runCommandIn({ project }, "review", "--waivers", waivers);
    await rm(folder, { recursive: true });
    expect([first.code, quiet.code, wrong.code, first.stderr, quiet.stderr]).toEqual([1, 0, 2, "", ""]);
    expect(quiet.stdout.split("\n").find((line) => line.includes("findings"))).toBe("4 findings, 0 of them new:");
    expect(wrong.stderr.split("\n").slice(1, 4)).toEqual([
      `--waivers: ${waivers} has 7 problems:`,
      expect.stringMatching(
        /^ {2}line 2: waivers\[0\]\.rule is "none"; allowed: "avoidable-secret", "broad-deployer", /,
      ),
      "  line 2: waivers[0].subject is missing; allowed: text of 1 to 500 characters",
    ]);
  });

  it("start lists all problems of a fault plan before it starts anything", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "faults-"));
    const file = path.join(folder, "faults.yaml");
    await writeFile(file, "seed: 1\nfaults:\n  - kind: gone\n    probability: 2\ncolour: red\n");
    const { code, stdout, stderr } = await runCommand("start", "--faults", file);
    await rm(folder, { recursive: true });
    expect([code, stdout, stderr]).toEqual([
      2,
      "",
      [
        "",
        `--faults: ${file} has 3 problems:`,
        '  line 3: faults[0].kind is "gone"; allowed: "throttled", "internalError", "unavailable", "slow", "dropped" or "answerLost"',
        "  line 4: faults[0].probability is 2; allowed: at most 1",
        `  line 5: colour is unknown; allowed here: ${Object.keys(faultPlan.shape).join(", ")}`,
        "",
      ].join("\n"),
    ]);
  });

  it("start deploys as an identity that can create the given number of objects in Entra, two for each service, and does not repeat a deployment that this quota stops", async () => {
    const objects = async (count: number) => {
      const options = ["--engine", "built-in", "--objects-per-creator", `${count}`];
      const { code, stdout, stderr } = await runCommandIn({ project }, "start", ...options);
      return {
        code,
        isRefused: /unexpected status 403 with error: Directory_QuotaExceeded/.test(stderr),
        // Another round would not change the refusal.
        isRepeated: /deploys again/.test(stdout + stderr),
      };
    };
    const needed = 2 * Object.keys(shop.services).length;
    expect([await objects(needed - 1), await objects(needed)]).toEqual([
      { code: 2, isRefused: true, isRepeated: false },
      { code: 0, isRefused: false, isRepeated: false },
    ]);
  });

  it.each([
    ["no call fails", ["--late", "20"], 0, "0"],
    // The simulated clock continues during a deployment. Ten minutes is longer than a deployment takes, even on a busy machine.
    ["some calls fail without staged rotation", ["--late", "600", "--at-once"], 1, "[1-9]\\d*"],
  ])(
    "rotation-year calls the APIs during all rotations while Entra accepts each new secret late: %s",
    async (_outcome, options, exitCode, failed) => {
      const report = path.join(await mkdtemp(path.join(tmpdir(), "year-")), "year.html");
      const simulated = ["--days", "6", "--period", "4", "--overlap", "2", "--report", report];
      const { code, stdout } = await runCommandIn({ project }, "rotation-year", ...simulated, ...options);
      await rm(path.dirname(report), { recursive: true });
      expect([code, /^\d+ deployments.*$/m.exec(stdout)?.[0]]).toEqual([
        exitCode,
        expect.stringMatching(
          new RegExp(
            `^6 deployments, \\d of them with a change, \\d rotations, accepted \\d+ to \\d+ s late, [1-9]\\d* refusals? of new secrets before they were accepted, 36 calls, ${failed} of them failed\\.$`,
          ),
        ),
      ]);
    },
  );

  it("rotation-year refuses a delay that the local Azure does not support", async () => {
    const { code, stderr } = await runCommand("rotation-year", "--late", "601");
    expect([code, stderr]).toEqual([
      2,
      'error: --late <seconds> is "601"; allowed: a whole number of seconds from 2 to 600.\n`npm run rotation-year -- --help` lists the arguments and options.\n',
    ]);
  });

  it("rotation-year refuses an overlap as long as the period", async () => {
    const { code, stderr } = await runCommand("rotation-year", "--period", "30", "--overlap", "30");
    expect([code, stderr]).toEqual([2, "\n--overlap is 30; allowed: a whole number from 0 to 29\n"]);
  });

  it("local refuses a folder that contains other files, and does not change it", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "mine-"));
    await writeFile(path.join(folder, "mine.txt"), "precious");
    const { code, stderr } = await runCommand("local", "--no-deploy", "--folder", folder);
    expect([code, stderr]).toEqual([
      2,
      `\n--folder: ${folder} contains mine.txt; allowed: an empty folder, or a folder that does not exist\n`,
    ]);
    expect(await readdir(folder)).toEqual(["mine.txt"]);
    expect(await readFile(path.join(folder, "mine.txt"), "utf8")).toBe("precious");
    await rm(folder, { recursive: true });
  });

  it("local reports that its port is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await runCommand("local", "--port", String(port));
    server.close();
    expect([code, stderr]).toEqual([2, `\nport ${port} is taken: choose another with --port, or leave it out\n`]);
  });
});
