import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { closeProjects, recordedProject } from "@microservice-identities/test-support/pipelines/gitlab/recordedProject";
import { git } from "@microservice-identities/test-support/pipelines/gitOrigin";
import { recordedRepository } from "@microservice-identities/test-support/pipelines/recordedRepository";
import { resultsOf } from "@microservice-identities/test-support/pipelines/results";
import { closeRepositories } from "@microservice-identities/test-support/pipelines/simulatedRepository";
import type { WorkflowResult } from "@microservice-identities/test-support/pipelines/workflowRun";
import { projectFolder, run } from "@microservice-identities/test-support/processes";
import { writeProgram } from "./writeProgram";

jest.setTimeout(60_000);
afterEach(closeRepositories);
afterEach(closeProjects);

describe("audit.yml", () => {
  it("audits each stack at its tag and uploads the reports to code scanning, but refuses a tag that was never on main", async () => {
    const { github, origin, calls } = await recordedRepository({}, { AUDITOR: "true" });
    const main = await origin.commitOf("main");
    const evil = await origin.push("evil", "Never on main");
    for (const stack of ["dev", "staging"]) await git(origin.bare, "update-ref", `refs/tags/deployed/${stack}`, main);
    await git(origin.bare, "update-ref", "refs/tags/deployed/prod", evil);
    const result = (await github.schedule())["audit.yml"] as WorkflowResult;
    expect(resultsOf(result)).toEqual(["audit (dev): success", "audit (staging): success", "audit (prod): failure"]);
    expect(github.sarif.map(({ category, text }) => `${category}: ${text.trim()}`).sort()).toEqual(
      ["dev", "staging"].flatMap((stack) => [`audit-${stack}: audit.sarif`, `usage-${stack}: usage.sarif`]).sort(),
    );
    const audits = calls.filter(({ line }) => /^npm run --silent (audit|usage)/.test(line));
    expect(audits.map(({ line, clientId }) => [line.split(" ").slice(3, 7).join(" "), clientId]).sort()).toEqual(
      ["dev", "staging"]
        .flatMap((stack) => ["audit", "usage"].map((what) => [`${what} -- --stack ${stack}`, undefined]))
        .sort(),
    );
  });

  it("does nothing while the team has no auditor", async () => {
    const { github, calls } = await recordedRepository();
    expect(resultsOf((await github.schedule())["audit.yml"] as WorkflowResult)).toEqual(["audit: skipped"]);
    expect(calls.filter(({ line }) => line.includes("silent audit"))).toEqual([]);
  });
});

describe("gitlab/audit.yml", () => {
  it("adds no job to the schedule while the team has no auditor", async () => {
    const { gitlab, calls } = await recordedProject();
    expect(resultsOf(await gitlab.schedule()).filter((job) => job.includes("audit"))).toEqual([]);
    expect(calls.filter(({ line }) => line.includes("silent audit"))).toEqual([]);
  });
});

describe("audit.sh", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "audit-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs audit.sh with fake commands. They record their command lines, write reports, and exit with the code in `codes`. */
  const audit = async (codes: Readonly<Record<string, number>> = {}, env: Readonly<Record<string, string>> = {}) => {
    const log = path.join(folder, "log");
    for (const program of ["pulumi", "npm", "az"]) await writeProgram(path.join(folder, program), log, codes);
    const script = path.join(projectFolder, "cli/pipelines/audit.sh");
    const { code } = await run(script, ["prod"], {
      cwd: folder,
      env: { PATH: `${folder}:${process.env.PATH}`, ...env },
    });
    const asked = (await readFile(log, "utf8")).trim().split("\n");
    return { code, asked: asked.map((line) => line.replace(/(--file|--also) \S+/, "$1 FILE")) };
  };
  const out = (what: string, ...endings: string[]) =>
    endings.map((ending) => `--out reports/${what}.${ending}`).join(" ");
  const exported = "pulumi stack export --cwd bootstrap --stack prod --file FILE";
  const audited = `npm run --silent audit -- --stack prod --also FILE ${out("audit", "txt", "html", "json", "sarif")}`;
  const used = (evidence = "") =>
    `npm run --silent usage -- --stack prod ${evidence}${out("usage", "md", "json", "sarif", "patch")}`;

  it("audits the stack against the bootstrap's state, reports the use of grants, and writes a summary of both", async () => {
    expect(await audit()).toEqual({ code: 0, asked: [exported, audited, used()] });
    expect(await readFile(path.join(folder, "reports/summary.md"), "utf8")).toBe("```text\naudit.txt\n```\nusage.md\n");
  });

  it.each<[string, Record<string, number>, number]>([
    ["an audit with findings", { "npm run --silent audit": 1 }, 1],
    ["a usage report with findings", { "npm run --silent usage": 1 }, 1],
    // The reports name what the commands could not read.
    [
      "an audit and a usage report that could not read everything",
      { "npm run --silent audit": 2, "npm run --silent usage": 2 },
      0,
    ],
  ])("continues after %s, and fails only because of findings", async (_what, codes, code) => {
    expect(await audit(codes)).toEqual({ code, asked: [exported, audited, used()] });
  });

  it("fails if a command writes no report, even if an earlier run wrote one", async () => {
    await audit();
    expect((await audit({ "npm run --silent audit": 20 })).code).toBe(1);
    expect(await audit({ "pulumi stack export": 1 })).toMatchObject({ code: 1, asked: [exported, used()] });
  });

  it("reads sign-ins and metrics from the Log Analytics workspace, and fails if the query fails", async () => {
    const workspace = { USAGE_WORKSPACE: "33333333-3333-4333-8333-333333333333" };
    const query = (kind: string) => [
      `npm run --silent usage -- --stack prod --query ${kind}`,
      `az monitor log-analytics query --workspace ${workspace.USAGE_WORKSPACE} --analytics-query @reports/${kind}.kql ${
        kind === "metrics" ? "--query [].line --output tsv" : "--output json"
      }`,
    ];
    const evidence = "--sign-ins reports/sign-ins.json --usage reports/metrics.jsonl ";
    expect(await audit({}, workspace)).toEqual({
      code: 0,
      asked: [exported, audited, ...query("sign-ins"), ...query("metrics"), used(evidence)],
    });
    expect(await audit({ "az monitor": 1 }, workspace)).toEqual({
      code: 1,
      asked: [exported, audited, ...query("sign-ins")],
    });
  });
});
