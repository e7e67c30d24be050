import { overlapsOf } from "@microservice-identities/test-support/pipelines/recordedCommands";
import { recordedRepository } from "@microservice-identities/test-support/pipelines/recordedRepository";
import { resultsOf } from "@microservice-identities/test-support/pipelines/results";
import { closeRepositories } from "@microservice-identities/test-support/pipelines/simulatedRepository";
import type { WorkflowResult } from "@microservice-identities/test-support/pipelines/workflowRun";

jest.setTimeout(300_000);
afterEach(closeRepositories);

const stopped = [
  ...["dev / plan: success", "dev / deploy: failure", "dev / remember: skipped", "dev / prove: skipped"],
  ...["staging: skipped", "prod: skipped"],
];
const deployed = (results: Record<string, WorkflowResult>) => results["deploy.yml"] as WorkflowResult;

it("a run without an answer from the backend deploys nothing, and the next run deploys everything", async () => {
  const { github, origin, answers, deployments } = await recordedRepository();
  answers.failing = "pulumi login";
  expect(resultsOf(deployed(await github.push("refs/heads/main")))).toEqual(stopped);
  expect(deployments()).toEqual([]);
  expect(await origin.refs()).toEqual(["refs/heads/main"]);
  answers.failing = undefined;
  expect(deployed(await github.push("refs/heads/main")).result).toBe("success");
  expect(await origin.refs()).toContain("refs/tags/deployed/prod");
});

it("a run whose machine is lost during a deployment does not move the tag, and the next run deploys all stacks", async () => {
  const { github, origin, answers, deployments } = await recordedRepository();
  answers.during = ({ line }) => {
    if (line.startsWith("npm run up")) github.started.at(-1)?.lose();
  };
  const lost = deployed(await github.push("refs/heads/main"));
  expect(resultsOf(lost)).toEqual(stopped);
  expect(await origin.refs()).toEqual(["refs/heads/main"]);
  answers.during = undefined;
  deployments();
  expect(deployed(await github.push("refs/heads/main")).result).toBe("success");
  expect(deployments().length).toBe(6);
});

it("two runs at the same time deploy each stack one after the other, and the later revision stays deployed", async () => {
  const { github, origin, answers } = await recordedRepository();
  const overlaps = overlapsOf(answers);
  const first = github.push("refs/heads/main");
  const later = await origin.push("main", "Later");
  const [one, other] = await Promise.all([first, github.push("refs/heads/main")]);
  expect(overlaps).toEqual([]);
  expect(deployed(other).result).toBe("success");
  // The earlier run either succeeds, or is refused for each stack that the later run has already deployed.
  const refusals = deployed(one).jobs.filter(({ result }) => result === "failure");
  for (const { log } of refusals) expect(log).toMatch(/has been deployed from .*, which is later than/);
  for (const stack of ["dev", "staging", "prod"])
    expect(await origin.commitOf(`refs/tags/deployed/${stack}`)).toBe(later);
});

it("a proof that fails for staging stops prod; dev and staging stay deployed", async () => {
  const { github, origin, answers, asked, deployments } = await recordedRepository();
  let proofs = 0;
  answers.during = ({ line }) => {
    if (line.startsWith("npm run verify")) answers.failing = ++proofs === 2 ? "npm run verify" : undefined;
  };
  const run = deployed(await github.push("refs/heads/main"));
  expect(resultsOf(run).slice(4)).toEqual([
    ...[
      "staging / plan: success",
      "staging / deploy: success",
      "staging / remember: success",
      "staging / prove: failure",
    ],
    "prod: skipped",
  ]);
  expect(deployments()).toEqual([
    "dev as the consenter of dev",
    "proof",
    "staging as the consenter of staging",
    "proof",
  ]);
  expect(asked).toEqual(["dev-consent", "staging-consent"]);
  expect(await origin.refs()).toEqual(["refs/heads/main", "refs/tags/deployed/dev", "refs/tags/deployed/staging"]);
});

it("after a refused approval for prod, the next change asks again and is deployed", async () => {
  const { github, origin, answers, asked } = await recordedRepository();
  answers.consents = false;
  answers.refusing = "prod-consent";
  // The first deployment of a stack always asks for consent.
  expect(deployed(await github.push("refs/heads/main")).result).toBe("failure");
  answers.refusing = undefined;
  const second = await origin.push("main", "Second");
  asked.length = 0;
  expect(deployed(await github.push("refs/heads/main")).result).toBe("success");
  // Prod has no deployment yet, so it asks for consent again.
  expect(asked).toEqual(["prod-consent"]);
  expect(await origin.commitOf("refs/tags/deployed/prod")).toBe(second);
});
