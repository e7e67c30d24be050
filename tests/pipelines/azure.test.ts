import type { AzureRun } from "@microservice-identities/test-support/pipelines/azure/pipelineRun";
import {
  closeOrganizations,
  recordedOrganization,
} from "@microservice-identities/test-support/pipelines/azure/recordedOrganization";
import { overlapsOf } from "@microservice-identities/test-support/pipelines/recordedCommands";

jest.setTimeout(300_000);
afterEach(closeOrganizations);

const stacks = ["dev", "staging", "prod"];
const ofResult = ({ results }: AzureRun, result: string) =>
  Object.entries(results).flatMap(([stage, each]) => (each === result ? [stage] : []));

it("without a grant, the registrar deploys, and only prod's approvers are asked", async () => {
  const { deploy, answers, asked, deployments } = await recordedOrganization();
  // The first deployment of a stack always asks.
  await deploy();
  answers.consents = false;
  asked.length = 0;
  deployments();
  expect(ofResult(await deploy(), "Failed")).toEqual([]);
  expect(deployments()).toEqual(stacks.flatMap((stack) => [`${stack} as the registrar of ${stack}`, "proof"]));
  expect(asked).toEqual(["prod"]);
});

it("consent by hand asks for it, although nothing is granted", async () => {
  const { deploy, answers, asked, deployments } = await recordedOrganization();
  await deploy();
  answers.consents = false;
  asked.length = 0;
  deployments();
  await deploy({ consent: true });
  expect(deployments()).toEqual(stacks.flatMap((stack) => [`${stack} as the consenter of ${stack}`, "proof"]));
  expect(asked).toEqual(stacks.map((stack) => `${stack}-consent`));
});

it("an approval that is refused keeps prod as it is, and leaves dev and staging as they are deployed", async () => {
  const { deploy, origin, answers, asked, deployments } = await recordedOrganization();
  answers.refusing = "prod-consent";
  const run = await deploy();
  expect(ofResult(run, "Failed")).toEqual(["prod_consent"]);
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
])("%s stops everything later", async (_, failing, failed, deployed, tags) => {
  const { deploy, origin, answers, deployments } = await recordedOrganization();
  answers.failing = failing;
  expect(ofResult(await deploy(), "Failed")).toEqual(failed);
  expect(deployments()).toEqual(deployed);
  expect(await origin.refs()).toEqual(["refs/heads/main", ...tags]);
});

it("a run that waited while a later one deployed fails, and changes nothing", async () => {
  const { deploy, origin, deployments } = await recordedOrganization();
  const first = await origin.commitOf("main");
  const second = await origin.push("main", "Second");
  await deploy();
  deployments();
  const late = await deploy({}, first);
  expect([ofResult(late, "Failed"), deployments()]).toEqual([["dev_consent"], []]);
  expect(late.log).toMatch(/dev has been deployed from .*, which is later than/);
  for (const stack of stacks) expect(await origin.commitOf(`refs/tags/deployed/${stack}`)).toBe(second);
});

it("of three runs at once, the lock of an environment lets one deploy, the latest after it, and cancels the one between", async () => {
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
  const cancelled = two.then((run) => ofResult(run, "Canceled"));
  const latest = await origin.push("main", "Latest");
  const three = deploy();
  // The second one is cancelled while the first still deploys: the third has taken its place.
  expect(await cancelled).toEqual(["dev_consent"]);
  goOn();
  await one;
  expect(ofResult(await three, "Failed")).toEqual([]);
  expect(overlaps).toEqual([]);
  expect(deployments().filter((each) => each.startsWith("dev"))).toEqual(Array(2).fill("dev as the consenter of dev"));
  expect(await origin.commitOf("refs/tags/deployed/dev")).toBe(latest);
});

it("the daily run deploys the tag and not main, in three sign-ins of the registrar, and asks nobody", async () => {
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

it("a part of the daily run whose sign-in has ended fails the run, and the parts after it run with their own", async () => {
  const { deploy, daily, answers, calls } = await recordedOrganization();
  await deploy();
  calls.length = 0;
  answers.failing = "npm run --silent up -- --stack staging";
  expect(await daily()).toMatchObject({ results: { dev: "Succeeded", staging: "Failed", prod: "Succeeded" } });
  expect(calls.filter(({ line }) => line.startsWith("pulumi preview --stack staging")).length).toBe(1);
});
