import {
  closeRepositories,
  simulatedRepository,
} from "@microservice-identities/test-support/pipelines/simulatedRepository";
import type { WorkflowResult } from "@microservice-identities/test-support/pipelines/workflowRun";

jest.setTimeout(60_000);
afterEach(closeRepositories);

/** Runs one workflow on a push to main. */
async function pushed(jobs: string, more: { called?: string; variables?: Record<string, string> } = {}) {
  const files = {
    ".github/workflows/main.yml": `name: Main\non:\n  push:\n    branches: [main]\njobs:\n${jobs}`,
    ...(more.called ? { ".github/workflows/called.yml": more.called } : {}),
  };
  const { github } = await simulatedRepository({ commands: {}, variables: more.variables }, files);
  return (await github.push("refs/heads/main"))["main.yml"] as WorkflowResult;
}
const resultsOf = ({ jobs }: WorkflowResult) => Object.fromEntries(jobs.map(({ name, result }) => [name, result]));

describe("the simulated GitHub", () => {
  it("runs a job after the jobs that it needs, and skips it if one of them failed, unless its condition checks the status", async () => {
    const run = await pushed(`
  after: { needs: [fails], runs-on: ubuntu-latest, steps: [{ run: "true" }] }
  afterThat: { needs: [after], runs-on: ubuntu-latest, steps: [{ run: "true" }] }
  cleans: { needs: [after], if: "\${{ always() }}", runs-on: ubuntu-latest, steps: [{ run: "true" }] }
  reports: { needs: [after], if: failure(), runs-on: ubuntu-latest, steps: [{ run: "true" }] }
  fails: { runs-on: ubuntu-latest, steps: [{ run: "exit 3" }, { run: echo not reached }] }
`);
    expect(resultsOf(run)).toEqual({
      after: "skipped",
      afterThat: "skipped",
      cleans: "success",
      reports: "success",
      fails: "failure",
    });
    expect(run.result).toBe("failure");
    expect(run.jobs.find(({ name }) => name === "fails")).toMatchObject({
      steps: [
        { name: "exit 3", outcome: "failure" },
        { name: "echo not reached", outcome: "skipped" },
      ],
      log: expect.stringContaining("Process completed with exit code 3."),
    });
  });

  it("passes outputs, environment variables and programs on the PATH from step to step, and outputs from job to job", async () => {
    const run = await pushed(
      `
  one:
    runs-on: ubuntu-latest
    outputs: { answer: "\${{ steps.says.outputs.answer }}" }
    steps:
      - id: says
        env: { WORD: "\${{ vars.WORD }}" }
        run: |
          echo "answer=$WORD" >> "$GITHUB_OUTPUT"
          printf 'TEXT<<END\\na\\nb\\nEND\\n' >> "$GITHUB_ENV"
          mkdir programs; printf '#!/bin/sh\\necho told' > programs/tell; chmod +x programs/tell
          echo "$PWD/programs" >> "$GITHUB_PATH"
      - run: echo "$(tell) $TEXT"
  two:
    needs: one
    runs-on: ubuntu-latest
    steps:
      - env: { GIVEN: "\${{ needs.one.outputs.answer == 'yes' && 'agreed' || 'not agreed' }}" }
        run: echo "$GIVEN"
`,
      { variables: { WORD: "yes" } },
    );
    expect(run.result).toBe("success");
    const [one, two] = run.jobs;
    expect(one?.outputs).toEqual({ answer: "yes" });
    expect(one?.log).toMatch(/\ntold a\nb\n$/);
    expect(two?.log).toMatch(/\nagreed\n$/);
  });

  it("like GitHub, fails a pipe in the default shell only if the last program fails, but in a named shell if any program fails", async () => {
    const step = (shell: string) => `{ runs-on: ubuntu-latest, steps: [{ run: "false | true", ${shell} }] }`;
    const run = await pushed(`  default: ${step("name: x")}\n  named: ${step("shell: bash")}\n`);
    expect(resultsOf(run)).toEqual({ default: "success", named: "failure" });
  });

  it("runs each combination of a matrix, and the jobs of a called workflow with its inputs", async () => {
    const run = await pushed(
      `
  each: { strategy: { fail-fast: false, matrix: { stack: [dev, prod] } }, runs-on: ubuntu-latest, steps: [{ run: "test \${{ matrix.stack }} = dev" }] }
  calls: { uses: ./.github/workflows/called.yml, with: { stack: dev } }
`,
      {
        called: `
on: { workflow_call: { inputs: { stack: { type: string, required: true }, sure: { type: boolean, default: true } } } }
jobs:
  says: { runs-on: ubuntu-latest, steps: [{ run: "test \${{ inputs.stack }} = dev && test \${{ inputs.sure }} = true" }] }
`,
      },
    );
    expect(resultsOf(run)).toEqual({ "each (dev)": "success", "each (prod)": "failure", "calls / says": "success" });
  });

  it.each([
    [
      "an action that the test did not declare",
      `{ runs-on: ubuntu-latest, steps: [{ uses: evil/action@v1 }] }`,
      /the action evil\/action has no declared effect/,
    ],
    [
      "a command that does not exist",
      `{ runs-on: ubuntu-latest, steps: [{ run: "unheard of" }] }`,
      /unheard: command not found/,
    ],
  ])("fails a job with %s", async (_, job, reason) => {
    const { result, jobs } = await pushed(`  job: ${job}\n`);
    expect([result, jobs[0]?.log]).toEqual(["failure", expect.stringMatching(reason)]);
  });

  it.each([
    [
      "a job that needs a job that does not exist",
      `  job: { needs: other, runs-on: ubuntu-latest, steps: [{ run: "true" }] }\n  one: { runs-on: ubuntu-latest, steps: [{ run: "true" }] }\n`,
      /Job 'job' depends on unknown job 'other'/,
    ],
    [
      "an expression with an unknown context",
      `  job: { runs-on: ubuntu-latest, steps: [{ run: "\${{ need.x }}" }] }\n`,
      /Unrecognized named-value: 'need'/,
    ],
    [
      "a called workflow that asks for more permissions than its caller has",
      `  job: { permissions: { contents: read }, uses: ./.github/workflows/called.yml }\n`,
      /job \/ says asks for contents: write, more than its caller has/,
    ],
    [
      "a key that it does not simulate",
      `  job: { runs-on: ubuntu-latest, container: node, steps: [{ run: "true" }] }\n`,
      /job job: container is not supported/,
    ],
  ])("refuses %s", async (_, jobs, reason) => {
    const called = `on: { workflow_call: {} }\njobs:\n  says: { permissions: { contents: write }, runs-on: ubuntu-latest, steps: [{ run: "true" }] }\n`;
    await expect(pushed(jobs, { called })).rejects.toThrow(reason);
  });
});
