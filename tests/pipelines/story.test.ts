import { deployedRepository, firstServices } from "@microservice-identities/test-support/pipelines/deployedRepository";
import { resultsOf } from "@microservice-identities/test-support/pipelines/recordedRepository";
import type { WorkflowResult } from "@microservice-identities/test-support/pipelines/workflowRun";

jest.setTimeout(600_000);

describe("the story of a change", () => {
  let at: Awaited<ReturnType<typeof deployedRepository>>;
  beforeAll(async () => {
    at = await deployedRepository();
  });
  afterAll(() => at?.close());

  const deploy = async () => (await at.github.push("refs/heads/main"))["deploy.yml"] as WorkflowResult;
  const everywhere = (of: (stack: string) => unknown) =>
    Object.fromEntries(["dev", "staging", "prod"].map((stack) => [stack, of(stack)]));
  const failures = ({ jobs }: WorkflowResult) =>
    jobs.filter(({ result }) => result === "failure").map(({ name, log }) => `${name}\n${log}`);

  it("begins with a first deployment, which goes through consent", async () => {
    const run = await deploy();
    expect(failures(run)).toEqual([]);
    expect(at.grants()).toEqual(everywhere((stack) => [`caller-${stack} → api-${stack} Things.Read`]));
    expect(at.asked.splice(0)).toEqual(["dev-consent", "staging-consent", "prod-consent"]);
    const main = await at.origin.commitOf("main");
    expect(await at.tags()).toEqual(everywhere(() => main));
  });
});
