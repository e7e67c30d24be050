import { readFileSync } from "node:fs";
import path from "node:path";
import { idTokenClaims } from "@microservice-identities/test-support/pipelines/idTokens";
import { recordedRepository } from "@microservice-identities/test-support/pipelines/recordedRepository";
import { resultsOf } from "@microservice-identities/test-support/pipelines/results";
import { closeRepositories } from "@microservice-identities/test-support/pipelines/simulatedRepository";
import type { WorkflowResult } from "@microservice-identities/test-support/pipelines/workflowRun";
import { parse } from "yaml";

jest.setTimeout(600_000);
afterEach(closeRepositories);

const stacks = ["dev", "staging", "prod"] as const;
const all = (result: string, ...of: string[]) =>
  of.flatMap((stack) => ["plan", "deploy", "remember", "prove"].map((job) => `${stack} / ${job}: ${result}`));

/** Records what the workflows do in each situation. Somebody relies on each of these facts. */
async function factsOf(changes: Parameters<typeof recordedRepository>[0] = {}) {
  const { github, origin, asked, answers, calls, deployments } = await recordedRepository(changes);
  const deploy = async () => (await github.push("refs/heads/main"))["deploy.yml"] as WorkflowResult;
  const reviewers = () => asked.splice(0);
  const tags = async () =>
    Promise.all(stacks.map((stack) => origin.commitOf(`refs/tags/deployed/${stack}`).catch(() => "none")));
  const resultOf = async (run: Promise<WorkflowResult>) => ({
    results: resultsOf(await run),
    deployments: deployments(),
    tags: await tags(),
    asked: reviewers(),
  });
  const first = await origin.commitOf("main");

  answers.failing = "npm run up";
  const failed = await resultOf(deploy());
  answers.failing = undefined;
  answers.refusing = "prod-consent";
  const refused = await resultOf(deploy());
  answers.refusing = undefined;
  const grants = await resultOf(deploy());
  answers.consents = false;
  const second = await origin.push("main", "Second");
  const plain = await resultOf(deploy());
  const late = await resultOf(github.rerun(first));
  const byHand = {
    results: resultsOf(await github.dispatch("deploy.yml", { consent: true })),
    deployments: deployments(),
    asked: reviewers(),
  };
  answers.failing = "npm run verify";
  const disproved = { results: resultsOf(await deploy()), deployments: deployments(), asked: reviewers() };
  answers.failing = undefined;

  const third = await origin.push("main", "Not approved by anybody");
  const daily = (await github.schedule())["daily.yml"] as WorkflowResult;
  const checkedOut = daily.jobs.map(({ log }) => [second, third].filter((commit) => log.includes(`is at ${commit}`)));
  const rotated = { results: resultsOf(daily), deployments: deployments().sort(), asked: reviewers(), checkedOut };

  await origin.push("change", "A change");
  calls.length = 0;
  const number = 7;
  const own = (await github.pullRequest({ number, branch: "change" }))["pull-request.yml"] as WorkflowResult;
  const comments = () => github.comments.splice(0).map(({ pullRequest }) => pullRequest);
  const findings = () => github.sarif.splice(0).map(({ category }) => category);
  const previews = () =>
    calls.splice(0).flatMap(({ line, clientId }) => (line.startsWith("pulumi preview") ? [clientId] : []));
  const pulled = { results: resultsOf(own), comments: comments(), findings: findings(), previews: previews() };
  const fork = (await github.pullRequest({ number: 8, branch: "change", fork: "mallory/shop" }))[
    "pull-request.yml"
  ] as WorkflowResult;
  const forked = { results: resultsOf(fork), comments: comments(), findings: findings(), previews: previews() };

  const subjects = new Set(
    github.started.flatMap((job) =>
      job.permissions["id-token"] === "write" ? [`${idTokenClaims(github.subjectOf(job)).sub}`] : [],
    ),
  );
  return {
    commits: [first, second] as const,
    failed,
    refused,
    grants,
    plain,
    late,
    byHand,
    disproved,
    rotated,
    pulled,
    forked,
    subjects: [...subjects].sort(),
  };
}

const skipped = ["staging: skipped", "prod: skipped"];
const test = ["test (22): success", "test (24): success"];
const expected = ([first, second]: readonly [string, string]) => ({
  failed: {
    results: [
      "dev / plan: success",
      "dev / deploy: failure",
      "dev / remember: skipped",
      "dev / prove: skipped",
      ...skipped,
    ],
    deployments: ["dev as the consenter of dev"],
    tags: ["none", "none", "none"],
    asked: ["dev-consent"],
  },
  refused: {
    results: [
      ...all("success", "dev", "staging"),
      "prod / plan: success",
      "prod / deploy: failure",
      "prod / remember: skipped",
      "prod / prove: skipped",
    ],
    deployments: ["dev as the consenter of dev", "proof", "staging as the consenter of staging", "proof"],
    tags: [first, first, "none"],
    asked: ["dev-consent", "staging-consent", "prod-consent"],
  },
  grants: {
    results: all("success", ...stacks),
    deployments: stacks.flatMap((stack) => [`${stack} as the consenter of ${stack}`, "proof"]),
    tags: [first, first, first],
    asked: ["dev-consent", "staging-consent", "prod-consent"],
  },
  plain: {
    results: all("success", ...stacks),
    deployments: stacks.flatMap((stack) => [`${stack} as the registrar of ${stack}`, "proof"]),
    tags: [second, second, second],
    asked: ["prod"],
  },
  // This run had to wait, and a later one deployed first.
  late: {
    results: [
      "dev / plan: success",
      "dev / deploy: failure",
      "dev / remember: skipped",
      "dev / prove: skipped",
      ...skipped,
    ],
    deployments: [],
    tags: [second, second, second],
    asked: [],
  },
  byHand: {
    results: all("success", ...stacks),
    deployments: stacks.flatMap((stack) => [`${stack} as the consenter of ${stack}`, "proof"]),
    asked: ["dev-consent", "staging-consent", "prod-consent"],
  },
  disproved: {
    results: [
      "dev / plan: success",
      "dev / deploy: success",
      "dev / remember: success",
      "dev / prove: failure",
      ...skipped,
    ],
    deployments: ["dev as the registrar of dev", "proof"],
    asked: [],
  },
  rotated: {
    results: ["rotate (dev): success", "rotate (staging): success", "rotate (prod): success"],
    deployments: [
      "dev as the registrar of dev",
      "prod as the registrar of prod",
      "staging as the registrar of staging",
    ],
    asked: [],
    checkedOut: [[second], [second], [second]],
  },
  pulled: {
    results: [...test, "review: success", "preview: success"],
    comments: [7],
    findings: ["access-review"],
    previews: ["previewer of dev"],
  },
  forked: { results: [...test, "review: success", "preview: skipped"], comments: [], findings: [], previews: [] },
  subjects: [
    ...stacks.flatMap((stack) =>
      [`${stack}`, `${stack}-consent`, `${stack}-daily`].map((name) => `repo:acme/shop:environment:${name}`),
    ),
    "repo:acme/shop:pull_request",
  ].sort(),
});

it("the workflows keep their guarantees in every situation", async () => {
  const { commits, ...facts } = await factsOf();
  expect(facts).toEqual(expected(commits));
});

interface Fault {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}
const faults: Fault[] = parse(readFileSync(path.join(__dirname, "faults.yaml"), "utf8"));

it.each(faults)("the test of the guarantees fails if $what", async ({ file, from, to }) => {
  const { commits, ...facts } = await factsOf({ [file]: (text) => text.replaceAll(from, to) });
  expect(facts).not.toEqual(expected(commits));
});
