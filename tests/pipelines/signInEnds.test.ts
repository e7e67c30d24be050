import { deployedRepository } from "@microservice-identities/test-support/pipelines/deployedRepository";
import { resultsOf } from "@microservice-identities/test-support/pipelines/results";
import type { WorkflowResult } from "@microservice-identities/test-support/pipelines/workflowRun";

jest.setTimeout(600_000);

const stopped = (stack: string, at: "deploy" | "prove") =>
  at === "deploy"
    ? [
        `${stack} / plan: success`,
        `${stack} / deploy: failure`,
        `${stack} / remember: skipped`,
        `${stack} / prove: skipped`,
      ]
    : [
        `${stack} / plan: success`,
        `${stack} / deploy: success`,
        `${stack} / remember: success`,
        `${stack} / prove: failure`,
      ];

describe("a deployment that is disturbed during a run", () => {
  let at: Awaited<ReturnType<typeof deployedRepository>>;
  beforeAll(async () => {
    at = await deployedRepository();
  });
  afterAll(() => at?.close());
  const deploy = async () => (await at.github.push("refs/heads/main"))["deploy.yml"] as WorkflowResult;
  const logOf = ({ jobs }: WorkflowResult, name: string) => jobs.find((job) => job.name === name)?.log ?? "";
  const registrations = () =>
    [...at.azure.tenant.applications.values()]
      .filter(({ displayName }) => displayName.endsWith("-dev"))
      .map(({ id }) => id)
      .sort();

  it("fails with Entra's reason if the job's token expires before the first grant, grants nothing, and keeps the created registrations", async () => {
    // Twenty minutes pass after the last registration is created. Then another identity, which has not signed in yet, makes the grants.
    at.context.after = (_, name) => {
      if (name === "caller-application") at.azure.faults.set({ clockSkewSeconds: 1200 });
    };
    const run = await deploy();
    at.context.after = undefined;
    at.azure.faults.clear();
    expect(resultsOf(run)).toEqual([...stopped("dev", "deploy"), "staging: skipped", "prod: skipped"]);
    expect(logOf(run, "dev / deploy")).toMatch(/AADSTS700024/);
    expect(at.grants().dev).toEqual([]);
    expect((await at.tags()).dev).toBe("none");
    expect(registrations().length).toBe(2);
  });

  it("continues in the next run with a new token and the same registrations; closed vaults stop only the proof", async () => {
    const before = registrations();
    // Somebody closes the vaults of dev. A deployment writes secrets through Resource Manager, which the vaults' firewall does not restrict.
    at.context.after = (stack) => {
      for (const vault of at.azure.subscription.vaults.values())
        if (vault.id.includes(`-${stack}/`))
          Object.assign(vault, { properties: { ...vault.properties, networkAcls: { defaultAction: "Deny" } } });
    };
    const run = await deploy();
    at.context.after = undefined;
    expect(resultsOf(run)).toEqual([...stopped("dev", "prove"), "staging: skipped", "prod: skipped"]);
    expect(registrations()).toEqual(before);
    expect(at.grants()).toEqual({ dev: ["caller-dev → api-dev Things.Read"], staging: [], prod: [] });
    expect(at.secretVersions().dev).toEqual([1, 1]);
    expect(logOf(run, "dev / prove")).toMatch(/ForbiddenByFirewall|Client address is not authorized/);
  });
});
