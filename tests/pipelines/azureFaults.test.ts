import { readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { AzureRun } from "@microservice-identities/test-support/pipelines/azure/pipelineRun";
import {
  closeOrganizations,
  recordedOrganization,
} from "@microservice-identities/test-support/pipelines/azure/recordedOrganization";
import { git } from "@microservice-identities/test-support/pipelines/gitOrigin";
import { overlapsOf } from "@microservice-identities/test-support/pipelines/recordedCommands";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { parse } from "yaml";

jest.setTimeout(600_000);
afterEach(closeOrganizations);

const stacks = ["dev", "staging", "prod"] as const;
const stageResults = ({ results }: AzureRun) => Object.entries(results).map(([stage, result]) => `${stage}: ${result}`);

type Facts = ReturnType<typeof expected>;

/**
 * Records what the pipelines do in each situation. Somebody relies on each of these facts.
 *
 * @param pipelines the folder of the pipelines' files. Default: this project's
 * @returns the facts in order, each with the commits of main so far
 */
async function* factsOf(pipelines?: string) {
  const { deploy, daily, validate, origin, asked, answers, calls, deployments } = await recordedOrganization(pipelines);
  const first = await origin.commitOf("main");
  let second = "none";
  const fact = (name: keyof Facts, value: unknown) => ({ name, value, commits: [first, second] as const });
  const resultOf = async (run: Promise<AzureRun>) => ({
    results: stageResults(await run),
    // The identities in the settings of each stack, which come from its variable group.
    settings: [
      ...new Set(
        calls.flatMap(({ line }) => {
          const [, stack, who] = /^pulumi config set --stack (\w+) (?:azuread:clientId|owner) (.+)$/.exec(line) ?? [];
          return stack === undefined ? [] : [`${stack}: ${who}`];
        }),
      ),
    ],
    deployments: deployments(),
    tags: await Promise.all(stacks.map((stack) => origin.commitOf(`refs/tags/deployed/${stack}`).catch(() => "none"))),
    asked: asked.splice(0),
  });

  answers.failing = "npm run up";
  yield fact("failed", await resultOf(deploy()));
  answers.failing = undefined;
  answers.refusing = "prod-consent";
  yield fact("refused", await resultOf(deploy()));
  answers.refusing = undefined;
  answers.consents = false;
  second = await origin.push("main", "Second");
  yield fact("plain", await resultOf(deploy({ consent: false })));
  yield fact("late", await resultOf(deploy({}, first)));
  yield fact("byHand", await resultOf(deploy({ consent: true })));
  answers.failing = "npm run verify";
  yield fact("disproved", await resultOf(deploy()));
  answers.failing = undefined;

  await origin.push("main", "Not approved by anybody");
  const revisions = new Set<string>();
  answers.during = async ({ line, folder }) => {
    if (line.startsWith("npm run --silent up")) revisions.add(await git(folder, "rev-parse", "HEAD"));
  };
  yield fact("rotated", { ...(await resultOf(daily())), revisions: [...revisions] });
  answers.failing = "npm run --silent preflight -- --stack dev";
  yield fact("found", await resultOf(daily()));
  answers.failing = answers.during = undefined;

  await origin.push("change", "A change");
  calls.length = 0;
  const results = stageResults(await validate("change"));
  const done = calls.map(({ line, clientId }) => [line.split(" --stack")[0], clientId] as const);
  yield fact("pulled", {
    results,
    previews: done.filter(([line]) => line === "pulumi preview").map(([, clientId]) => clientId),
    reviews: done.map(([line]) => /^npm run review.*--against (\S+)/.exec(line ?? "")?.[1]).filter(Boolean),
  });
}

const stages = (stack: string, kind: "everyday" | "consent") => [
  `${stack}_plan: Succeeded`,
  `${stack}_everyday: ${kind === "everyday" ? "Succeeded" : "Skipped"}`,
  `${stack}_consent: ${kind === "consent" ? "Succeeded" : "Skipped"}`,
  `${stack}_prove: Succeeded`,
];
const skipped = (...of: string[]) =>
  of.flatMap((stack) => ["plan", "everyday", "consent", "prove"].map((stage) => `${stack}_${stage}: Skipped`));
const undeployed = (stack: string, kind: "everyday" | "consent") => [
  `${stack}_plan: Succeeded`,
  `${stack}_everyday: ${kind === "everyday" ? "Failed" : "Skipped"}`,
  `${stack}_consent: ${kind === "consent" ? "Failed" : "Skipped"}`,
  `${stack}_prove: Skipped`,
];
const settings = (...of: string[]) =>
  of.flatMap((stack) => [`${stack}: registrar of ${stack}`, `${stack}: object of the registrar of ${stack}`]);
const consenting = stacks.flatMap((stack) => [`${stack} as the consenter of ${stack}`, "proof"]);
const everyday = stacks.flatMap((stack) => [`${stack} as the registrar of ${stack}`, "proof"]);
const consents = stacks.map((stack) => `${stack}-consent`);
const rotations = stacks.map((stack) => `${stack} as the registrar of ${stack}`);
const expected = ([first, second]: readonly [string, string]) => ({
  failed: {
    results: [...undeployed("dev", "consent"), ...skipped("staging", "prod")],
    settings: settings("dev"),
    deployments: ["dev as the consenter of dev"],
    tags: ["none", "none", "none"],
    asked: ["dev-consent"],
  },
  refused: {
    results: [...stages("dev", "consent"), ...stages("staging", "consent"), ...undeployed("prod", "consent")],
    settings: settings("dev", "staging"),
    deployments: consenting.slice(0, 4),
    tags: [first, first, "none"],
    asked: consents,
  },
  // Prod has no tag yet, so everything in it is new.
  plain: {
    results: [...stages("dev", "everyday"), ...stages("staging", "everyday"), ...stages("prod", "consent")],
    settings: settings(...stacks),
    deployments: [...everyday.slice(0, 4), ...consenting.slice(4)],
    tags: [second, second, second],
    asked: ["prod-consent"],
  },
  // This run had to wait, and a later one deployed first.
  late: {
    results: [...undeployed("dev", "everyday"), ...skipped("staging", "prod")],
    settings: settings(),
    deployments: [],
    tags: [second, second, second],
    asked: [],
  },
  byHand: {
    results: stacks.flatMap((stack) => stages(stack, "consent")),
    settings: settings(...stacks),
    deployments: consenting,
    tags: [second, second, second],
    asked: consents,
  },
  disproved: {
    results: [...stages("dev", "everyday").slice(0, 3), "dev_prove: Failed", ...skipped("staging", "prod")],
    settings: settings("dev"),
    deployments: everyday.slice(0, 2),
    tags: [second, second, second],
    asked: [],
  },
  // The daily run deploys the tag, not main, because nobody has approved main.
  rotated: {
    results: stacks.map((stack) => `${stack}: Succeeded`),
    settings: settings(...stacks),
    deployments: rotations,
    tags: [second, second, second],
    asked: [],
    revisions: [second],
  },
  // The preflight of dev has a finding, but the secrets of dev still rotate.
  found: {
    results: ["dev: Failed", "staging: Succeeded", "prod: Succeeded"],
    settings: settings(...stacks),
    deployments: rotations,
    tags: [second, second, second],
    asked: [],
  },
  pulled: { results: ["Check: Succeeded"], previews: ["previewer of dev"], reviews: ["refs/remotes/origin/main"] },
});

it("the pipelines of Azure Pipelines keep their guarantees in every situation", async () => {
  const names: string[] = [];
  for await (const { name, value, commits } of factsOf()) {
    names.push(name);
    expect([name, value]).toEqual([name, expected(commits)[name]]);
  }
  expect(names).toEqual(Object.keys(expected(["", ""])));
});

interface Fault {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The fact that differs, or a part of the error message. */
  readonly by: string;
}
const faults: Fault[] = parse(readFileSync(path.join(__dirname, "azureFaults.yaml"), "utf8"));

/** The first fact that differs, or the reason why the pipeline cannot run. */
async function firstDifference({ file, from, to }: Fault): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "azure-pipelines-"));
  try {
    await cp(path.join(projectFolder, "azure-pipelines"), folder, { recursive: true });
    const text = await readFile(path.join(folder, file), "utf8");
    if (!text.includes(from)) throw new Error(`${file}: the change changes nothing`);
    await writeFile(path.join(folder, file), text.replaceAll(from, to));
    for await (const { name, value, commits } of factsOf(folder))
      if (!isDeepStrictEqual(value, expected(commits)[name])) return name;
    return "nothing";
  } catch (error) {
    return (error as Error).message;
  } finally {
    await rm(folder, { recursive: true });
  }
}

it.each(faults)("the test of the guarantees fails if $what", async (fault) => {
  expect(await firstDifference(fault)).toContain(fault.by);
});

it("without the lock of an environment, the recorded deployments show that two runs deploy a stack at the same time", async () => {
  const { deploy, answers, host } = await recordedOrganization();
  Object.assign(host.checks["environment dev-consent"] ?? {}, { lock: false });
  let begun = 0;
  let goOn = () => {};
  const both = new Promise<void>((resolve) => (goOn = resolve));
  const overlaps = overlapsOf(answers, async (stack) => {
    if (stack === "dev" && ++begun === 2) goOn();
    if (stack === "dev") await both;
  });
  await Promise.all([deploy(), deploy()]);
  expect(overlaps).toContain("dev");
});
