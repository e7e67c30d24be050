import path from "node:path";
import {
  type AzureStage,
  azureStages,
  runStages,
  type StageResult,
} from "@microservice-identities/test-support/pipelines/azureStages";
import { projectFolder } from "@microservice-identities/test-support/processes";

const file = (name: string) => path.join(projectFolder, "azure-pipelines", name);
/** Runs deploy.yml. @param ending the results of stages that do not succeed */
function deploy(
  consents: boolean,
  ending: Readonly<Record<string, StageResult>> = {},
  change = (stage: AzureStage) => stage,
) {
  const ran: string[] = [];
  const results = runStages(azureStages(file("deploy.yml")).map(change), ({ stage }) => {
    ran.push(stage);
    return { result: ending[stage] ?? "Succeeded", outputs: { "plan.compare.consents": `${consents}` } };
  });
  return { ran, results };
}
const stacks = ["dev", "staging", "prod"];

describe("the stages of Azure Pipelines", () => {
  it.each([
    [false, "everyday"],
    [true, "consent"],
  ])("deploy and prove one stack after the other; the plan asks for consent: %s", (consents, kind) => {
    expect(deploy(consents).ran).toEqual(
      stacks.flatMap((stack) => [`${stack}_plan`, `${stack}_${kind}`, `${stack}_prove`]),
    );
  });

  it.each<[string, Record<string, StageResult>, string]>([
    ["a plan that fails", { staging_plan: "Failed" }, "staging_plan"],
    ["a deployment that fails, or that its approvers refuse", { staging_everyday: "Failed" }, "staging_everyday"],
    ["a cancelled deployment", { staging_everyday: "Canceled" }, "staging_everyday"],
    ["a proof that fails", { staging_prove: "Failed" }, "staging_prove"],
  ])("run nothing after %s", (_, ending, last) => {
    const { ran } = deploy(false, ending);
    expect(ran.at(-1)).toBe(last);
    expect(ran.filter((stage) => stage.startsWith("prod"))).toEqual([]);
  });

  it("deploy with consent in the consent environment as the consenter, and without it in the stack's environment as the registrar", () => {
    const stages = azureStages(file("deploy.yml"));
    const deployments = stages.flatMap(({ stage, jobs }) =>
      jobs.flatMap(({ environment, ...job }) =>
        environment === undefined
          ? []
          : [`${stage} in ${environment} by ${/"azureSubscription":"([^"]+)"/.exec(JSON.stringify(job))?.[1]}`],
      ),
    );
    expect(deployments).toEqual(
      stacks.flatMap((stack) => [
        `${stack}_everyday in ${stack} by registrar-${stack}`,
        `${stack}_consent in ${stack}-consent by consenter-${stack}`,
      ]),
    );
  });

  it("move the tag only after the deployment, in a job that installs nothing and does not sign in", () => {
    const remembering = azureStages(file("deploy.yml")).flatMap(({ stage, jobs }) =>
      jobs.filter(({ job }) => job === "remember").map((job) => [stage, job.dependsOn, JSON.stringify(job)] as const),
    );
    expect(remembering.map(([stage, after]) => `${stage} after ${after}`)).toEqual(
      stacks.flatMap((stack) => [`${stack}_everyday after deploy`, `${stack}_consent after deploy`]),
    );
    for (const [, , text] of remembering) expect(text).not.toMatch(/npm|azureSubscription|pulumi/);
  });

  it("rotate every stack each day, even if another stack fails, in three parts that each sign in as the registrar", () => {
    const stages = azureStages(file("daily.yml"));
    expect(runStages(stages, ({ stage }) => ({ result: stage === "dev" ? "Failed" : "Succeeded" }))).toEqual({
      ...{ dev: "Failed", staging: "Succeeded", prod: "Succeeded" },
    });
    for (const { stage, jobs } of stages) {
      const [job] = jobs as unknown as {
        steps: { inputs?: Record<string, string>; env?: Record<string, string>; condition?: string }[];
      }[];
      const signedIn = job?.steps.filter(({ inputs }) => inputs?.azureSubscription) ?? [];
      expect(signedIn.map(({ inputs, env, condition }) => [inputs?.azureSubscription, env?.PART, condition])).toEqual(
        ["before", "rotation", "after"].map((part) => [`registrar-${stage}`, part, "succeededOrFailed()"]),
      );
    }
  });

  it.each<[string, (stage: AzureStage) => AzureStage]>([
    [
      "prod does not wait for staging",
      (stage) => (stage.stage === "prod_plan" ? { ...stage, dependsOn: [], condition: "always()" } : stage),
    ],
    [
      "a deployment runs with and without consent",
      (stage) => (stage.stage === "dev_everyday" ? { ...stage, condition: "succeeded()" } : stage),
    ],
    [
      "a proof runs even if the deployment failed",
      (stage) => (stage.stage === "staging_prove" ? { ...stage, condition: "always()" } : stage),
    ],
  ])("would run differently if %s", (_, change) => {
    const observed = (how?: typeof change) =>
      JSON.stringify([deploy(true, {}, how).ran, deploy(false, { staging_everyday: "Failed" }, how).ran]);
    expect(observed(change)).not.toBe(observed());
  });

  it("must depend on each stage that their conditions name, because Azure Pipelines does not know the result of others", () => {
    const change = (stage: AzureStage) =>
      stage.stage === "prod_plan" ? { ...stage, condition: "eq(dependencies.dev_prove.result, 'Succeeded')" } : stage;
    expect(() => deploy(false, {}, change)).toThrow(
      /dependencies\.dev_prove\.result belongs to no stage that this stage depends on/,
    );
  });
});
