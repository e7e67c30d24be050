import { git } from "@microservice-identities/test-support/pipelines/gitOrigin";
import { recordedRepository } from "@microservice-identities/test-support/pipelines/recordedRepository";
import { resultsOf } from "@microservice-identities/test-support/pipelines/results";
import { closeRepositories } from "@microservice-identities/test-support/pipelines/simulatedRepository";
import type { WorkflowResult } from "@microservice-identities/test-support/pipelines/workflowRun";

jest.setTimeout(60_000);
afterEach(closeRepositories);

describe("deploy.yml", () => {
  it("deploys and proves dev, then staging, then prod, each after its reviewers consent, and tags each deployed revision", async () => {
    const { github, origin, asked, calls, deployments } = await recordedRepository();
    const run = (await github.push("refs/heads/main"))["deploy.yml"] as WorkflowResult;
    // The registrar owns the created objects, no matter who consents.
    expect(calls.map(({ line }) => line).filter((line) => line.startsWith("pulumi config set --stack prod"))).toEqual([
      "pulumi config set --stack prod azuread:clientId registrar of prod",
      "pulumi config set --stack prod azure-native:clientId registrar of prod",
      "pulumi config set --stack prod owner object of the registrar of prod",
    ]);
    const stacks = ["dev", "staging", "prod"];
    expect(deployments()).toEqual(stacks.flatMap((stack) => [`${stack} as the consenter of ${stack}`, "proof"]));
    expect(asked).toEqual(stacks.map((stack) => `${stack}-consent`));
    expect([run.result, run.jobs.map(({ name, environment = "none" }) => `${name}: ${environment}`)]).toEqual([
      "success",
      stacks.flatMap((stack) => [
        ...[`${stack} / plan: none`, `${stack} / deploy: ${stack}-consent`],
        ...[`${stack} / remember: none`, `${stack} / prove: none`],
      ]),
    ]);
    const deployed = await origin.commitOf("main");
    for (const stack of stacks) expect(await origin.commitOf(`refs/tags/deployed/${stack}`)).toBe(deployed);
  });

  it("deploys no further stack after a proof that fails", async () => {
    const { github, origin, answers, asked, deployments } = await recordedRepository();
    answers.failing = "npm run verify";
    const run = (await github.push("refs/heads/main"))["deploy.yml"] as WorkflowResult;
    expect(resultsOf(run)).toEqual([
      ...["dev / plan: success", "dev / deploy: success", "dev / remember: success", "dev / prove: failure"],
      ...["staging: skipped", "prod: skipped"],
    ]);
    expect(deployments()).toEqual(["dev as the consenter of dev", "proof"]);
    expect(asked).toEqual(["dev-consent"]);
    expect(await origin.refs()).toEqual(["refs/heads/main", "refs/tags/deployed/dev"]);
  });
});

describe("daily.yml", () => {
  it("refuses to deploy a tag that was never on main, even if a tag or branch is named origin/main", async () => {
    const { github, origin, deployments } = await recordedRepository();
    const main = await origin.commitOf("main");
    const evil = await origin.push("evil", "Never on main");
    for (const stack of ["dev", "staging"]) await git(origin.bare, "update-ref", `refs/tags/deployed/${stack}`, main);
    for (const planted of ["tags/origin/main", "heads/origin/main", "tags/main", "tags/HEAD", "tags/deployed/prod"])
      await git(origin.bare, "update-ref", `refs/${planted}`, evil);
    const run = (await github.schedule())["daily.yml"] as WorkflowResult;
    expect(resultsOf(run)).toEqual(["rotate (dev): success", "rotate (staging): success", "rotate (prod): failure"]);
    expect(deployments().sort()).toEqual(["dev as the registrar of dev", "staging as the registrar of staging"]);
  });
});
