import type { AzureRun } from "@microservice-identities/test-support/pipelines/azure/pipelineRun";
import {
  closeOrganizations,
  recordedOrganization,
} from "@microservice-identities/test-support/pipelines/azure/recordedOrganization";
import { overlapsOf } from "@microservice-identities/test-support/pipelines/recordedCommands";

jest.setTimeout(300_000);
afterEach(closeOrganizations);

const stacks = ["dev", "staging", "prod"];
const stagesWithResult = ({ results }: AzureRun, result: string) =>
  Object.entries(results).flatMap(([stage, each]) => (each === result ? [stage] : []));

it("without a new grant, the registrar deploys, and only prod's approvers are asked", async () => {
  const { deploy, answers, asked, deployments } = await recordedOrganization();
  // The first deployment of a stack always asks for consent.
  await deploy();
  answers.consents = false;
  asked.length = 0;
  deployments();
  expect(stagesWithResult(await deploy(), "Failed")).toEqual([]);
  expect(deployments()).toEqual(stacks.flatMap((stack) => [`${stack} as the registrar of ${stack}`, "proof"]));
  expect(asked).toEqual(["prod"]);
});

it("the parameter consent asks for consent even without a new grant", async () => {
  const { deploy, answers, asked, deployments } = await recordedOrganization();
  await deploy();
  answers.consents = false;
  asked.length = 0;
  deployments();
  await deploy({ consent: true });
  expect(deployments()).toEqual(stacks.flatMap((stack) => [`${stack} as the consenter of ${stack}`, "proof"]));
  expect(asked).toEqual(stacks.map((stack) => `${stack}-consent`));
});

it("a refused approval for prod stops only prod: dev and staging stay deployed", async () => {
  const { deploy, origin, answers, asked, deployments } = await recordedOrganization();
  answers.refusing = "prod-consent";
  const run = await deploy();
  expect(stagesWithResult(run, "Failed")).toEqual(["prod_consent"]);
  expect(deployments()).toEqual(
    ["dev", "staging"].flatMap((stack) => [`${stack} as the consenter of ${stack}`, "proof"]),
  );
  expect(asked).toEqual(stacks.map((stack) => `${stack}-consent`));
  expect(await origin.refs()).toEqual(["refs/heads/main", "refs/tags/deployed/dev", "refs/tags/deployed/staging"]);
});

it.each([
  ["a deployment that fails", "npm run up", ["dev_consent"], ["dev as the consenter of dev"], []],
  [
    "a proof that fails",
    "npm run verify",
    ["dev_prove"],
    ["dev as the consenter of dev", "proof"],
    ["refs/tags/deployed/dev"],
  ],
])("nothing runs after %s", async (_, failing, failed, deployed, tags) => {
  const { deploy, origin, answers, deployments } = await recordedOrganization();
  answers.failing = failing;
  expect(stagesWithResult(await deploy(), "Failed")).toEqual(failed);
  expect(deployments()).toEqual(deployed);
  expect(await origin.refs()).toEqual(["refs/heads/main", ...tags]);
});

it("an earlier revision fails without a change after a later one is deployed", async () => {
  const { deploy, origin, deployments } = await recordedOrganization();
  const first = await origin.commitOf("main");
  const second = await origin.push("main", "Second");
  await deploy();
  deployments();
  const late = await deploy({}, first);
  expect([stagesWithResult(late, "Failed"), deployments()]).toEqual([["dev_consent"], []]);
  expect(late.log).toMatch(/dev has been deployed from .*, which is later than/);
  for (const stack of stacks) expect(await origin.commitOf(`refs/tags/deployed/${stack}`)).toBe(second);
});

it("of three runs at the same time, the environment's lock lets the first deploy, then the latest, and cancels the second", async () => {
  const { deploy, origin, answers, deployments } = await recordedOrganization();
  let begun = () => {};
  const first = new Promise<void>((resolve) => (begun = resolve));
  let goOn = () => {};
  const others = new Promise<void>((resolve) => (goOn = resolve));
  const overlaps = overlapsOf(answers, async (stack) => {
    begun();
    if (stack === "dev") await others;
  });
  const one = deploy();
  await first;
  const two = deploy();
  await new Promise<void>((resolve) => (answers.onWait = resolve));
  const cancelled = two.then((run) => stagesWithResult(run, "Canceled"));
  const latest = await origin.push("main", "Latest");
  const three = deploy();
  // The third run replaces the second in the queue while the first still deploys.
  expect(await cancelled).toEqual(["dev_consent"]);
  goOn();
  await one;
  expect(stagesWithResult(await three, "Failed")).toEqual([]);
  expect(overlaps).toEqual([]);
  expect(deployments().filter((each) => each.startsWith("dev"))).toEqual(Array(2).fill("dev as the consenter of dev"));
  expect(await origin.commitOf("refs/tags/deployed/dev")).toBe(latest);
});

it("the daily run signs in three times as the registrar for each stack, asks nobody, and keeps the tags although main is newer", async () => {
  const { deploy, daily, origin, asked, calls } = await recordedOrganization();
  await deploy();
  const deployed = await origin.commitOf("main");
  await origin.push("main", "Not approved by anybody");
  asked.length = 0;
  calls.length = 0;
  expect(await daily()).toMatchObject({ results: { dev: "Succeeded", staging: "Succeeded", prod: "Succeeded" } });
  expect(calls.filter(({ line }) => line === "pulumi login").map(({ clientId }) => clientId)).toEqual(
    stacks.flatMap((stack) => Array(3).fill(`registrar of ${stack}`)),
  );
  expect(asked).toEqual([]);
  for (const stack of stacks) expect(await origin.commitOf(`refs/tags/deployed/${stack}`)).toBe(deployed);
});

it("a part of the daily run that fails also fails the stack's run, but the parts after it still run", async () => {
  const { deploy, daily, answers, calls } = await recordedOrganization();
  await deploy();
  calls.length = 0;
  answers.failing = "npm run --silent up -- --stack staging";
  expect(await daily()).toMatchObject({ results: { dev: "Succeeded", staging: "Failed", prod: "Succeeded" } });
  expect(calls.filter(({ line }) => line.startsWith("pulumi preview --stack staging")).length).toBe(1);
});
