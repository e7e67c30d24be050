import { readFileSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { closeProjects, recordedProject } from "@microservice-identities/test-support/pipelines/gitlab/recordedProject";
import { git } from "@microservice-identities/test-support/pipelines/gitOrigin";
import { overlapsOf } from "@microservice-identities/test-support/pipelines/recordedCommands";
import { resultsOf } from "@microservice-identities/test-support/pipelines/results";
import { parse } from "yaml";

jest.setTimeout(600_000);
afterEach(closeProjects);

const stacks = ["dev", "staging", "prod"] as const;
const child = ["deploy", "remember", "prove"];
const all = (...of: string[]) =>
  of.flatMap((stack) => [`${stack}-plan: success`, ...child.map((job) => `${stack} / ${job}: success`)]);
const skipped = (...of: string[]) => of.flatMap((stack) => [`${stack}-plan: skipped`, `${stack}: skipped`]);
const undeployed = (stack: string) => [
  ...[`${stack}-plan: success`, `${stack} / deploy: failed`],
  ...[`${stack} / remember: skipped`, `${stack} / prove: skipped`],
];

type Facts = ReturnType<typeof expected>;

/**
 * Records what the pipelines do in each situation. Somebody relies on each of these facts.
 *
 * @returns the facts in order, each with the commits of main so far
 */
async function* factsOf(changes: Parameters<typeof recordedProject>[0] = {}) {
  const { gitlab, origin, asked, answers, calls, deployments } = await recordedProject(changes);
  const first = await origin.commitOf("main");
  let second = "none";
  const fact = (name: keyof Facts, value: unknown) => ({ name, value, commits: [first, second] as const });
  const tags = async () =>
    Promise.all(stacks.map((stack) => origin.commitOf(`refs/tags/deployed/${stack}`).catch(() => "none")));
  const resultOf = async (run: ReturnType<typeof gitlab.push>) => ({
    results: resultsOf(await run),
    deployments: deployments(),
    tags: await tags(),
    asked: asked.splice(0),
  });

  answers.failing = "npm run up";
  yield fact("failed", await resultOf(gitlab.push("main")));
  answers.failing = undefined;
  answers.refusing = "prod-consent";
  yield fact("refused", await resultOf(gitlab.push("main")));
  answers.refusing = undefined;
  yield fact("grants", await resultOf(gitlab.push("main")));
  answers.consents = false;
  second = await origin.push("main", "Second");
  yield fact("plain", await resultOf(gitlab.push("main")));
  yield fact("late", await resultOf(gitlab.rerun(first)));
  yield fact("byHand", await resultOf(gitlab.startByHand({ CONSENT: "true" })));
  answers.failing = "npm run verify";
  yield fact("disproved", await resultOf(gitlab.push("main")));
  answers.failing = undefined;

  await origin.push("main", "Not approved by anybody");
  const revisions = new Set<string>();
  answers.during = async ({ line, folder }) => {
    if (line.startsWith("npm run --silent up")) revisions.add(await git(folder, "rev-parse", "HEAD"));
  };
  const rotated = await resultOf(gitlab.schedule());
  rotated.deployments.sort();
  yield fact("rotated", { ...rotated, revisions: [...revisions] });

  await origin.push("change", "A change");
  yield fact("other", await resultOf(gitlab.push("change")));
  calls.length = 0;
  const requested = async (fork?: string) => ({
    results: resultsOf(await gitlab.mergeRequest({ iid: 7, branch: "change", fork })),
    notes: gitlab.notes.splice(0).map(({ mergeRequest }) => mergeRequest),
    signedIn: calls.splice(0).filter(({ line }) => line.startsWith("pulumi")).length,
  });
  yield fact("own", await requested());
  yield fact("forked", await requested("mallory/shop"));
  yield fact("subjects", [...gitlab.subjects].sort());
}

const consenting = stacks.flatMap((stack) => [`${stack} as the consenter of ${stack}`, "proof"]);
const everyday = stacks.flatMap((stack) => [`${stack} as the registrar of ${stack}`, "proof"]);
const consents = stacks.map((stack) => `${stack}-consent`);
const checks = ["test: [22]: success", "test: [24]: success", "review: success"];
const expected = ([first, second]: readonly [string, string]) => ({
  failed: {
    results: [...undeployed("dev"), ...skipped("staging", "prod")],
    deployments: ["dev as the consenter of dev"],
    tags: ["none", "none", "none"],
    asked: ["dev-consent"],
  },
  refused: {
    results: [...all("dev", "staging"), ...undeployed("prod")],
    deployments: consenting.slice(0, 4),
    tags: [first, first, "none"],
    asked: consents,
  },
  grants: { results: all(...stacks), deployments: consenting, tags: [first, first, first], asked: consents },
  plain: { results: all(...stacks), deployments: everyday, tags: [second, second, second], asked: ["prod"] },
  // This pipeline had to wait, and a later one deployed first.
  late: {
    results: [...undeployed("dev"), ...skipped("staging", "prod")],
    deployments: [],
    tags: [second, second, second],
    asked: [],
  },
  byHand: { results: all(...stacks), deployments: consenting, tags: [second, second, second], asked: consents },
  disproved: {
    results: [...all("dev").slice(0, 3), "dev / prove: failed", ...skipped("staging", "prod")],
    deployments: everyday.slice(0, 2),
    tags: [second, second, second],
    asked: [],
  },
  // The daily pipeline deploys the tag, not main, because nobody has approved main.
  rotated: {
    results: stacks.map((stack) => `${stack}-daily: success`),
    deployments: [...stacks].sort().map((stack) => `${stack} as the registrar of ${stack}`),
    revisions: [second],
    tags: [second, second, second],
    asked: [],
  },
  other: { results: [], deployments: [], tags: [second, second, second], asked: [] },
  own: { results: [...checks, "note: success"], notes: [7], signedIn: 0 },
  forked: { results: checks, notes: [], signedIn: 0 },
  subjects: ["development", "other", "production", "staging", "testing"].map(
    (tier) => `project_path:acme/shop:ref_type:branch:ref:main:environment_protected:true:deployment_tier:${tier}`,
  ),
});

it("the pipelines of GitLab CI keep their guarantees in every situation", async () => {
  const names: string[] = [];
  for await (const { name, value, commits } of factsOf()) {
    names.push(name);
    expect([name, value]).toEqual([name, expected(commits)[name]]);
  }
  expect(names).toEqual(Object.keys(expected(["", ""])));
});

it("two pipelines at the same time deploy each stack one after the other, and the later revision stays deployed", async () => {
  const { gitlab, origin, answers } = await recordedProject();
  const overlaps = overlapsOf(answers);
  const earlier = gitlab.push("main");
  const later = await origin.push("main", "Later");
  const [, last] = await Promise.all([earlier, gitlab.push("main")]);
  expect([overlaps, last.result]).toEqual([[], "success"]);
  for (const stack of stacks) expect(await origin.commitOf(`refs/tags/deployed/${stack}`)).toBe(later);
});

interface Fault {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The fact that differs, or GitLab's error message. */
  readonly by: string;
}
const faults: Fault[] = parse(readFileSync(path.join(__dirname, "gitlabFaults.yaml"), "utf8"));

/** The first fact that differs, or the reason why a pipeline cannot be created. */
async function firstDifference({ file, from, to }: Fault): Promise<string | undefined> {
  try {
    for await (const { name, value, commits } of factsOf({ [file]: (text) => text.replaceAll(from, to) }))
      if (!isDeepStrictEqual(value, expected(commits)[name])) return name;
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

it.each(faults)("the test of the guarantees fails if $what", async (fault) => {
  expect(await firstDifference(fault)).toBe(fault.by);
});
