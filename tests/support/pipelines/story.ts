import { nextRotation } from "../../../components/rotation";
import { firstServices, type HostMaker } from "./bootstrappedStacks";
import { deployedRepository } from "./deployedRepository";
import { resultsOf } from "./results";
import type { WorkflowResult } from "./workflowRun";

const stacks = ["dev", "staging", "prod"] as const;
const everywhere = <T>(of: (stack: string) => T): Record<string, T> =>
  Object.fromEntries(stacks.map((stack) => [stack, of(stack)]));
const { api, caller } = firstServices;
const calling = (roles: string[], more: object = {}) => ({
  api,
  caller: { ...caller, calls: { api: { roles, because: "It shows things.", ...more } } },
});
const grantsOf = (...roles: string[]) =>
  everywhere((stack) => roles.map((role) => `caller-${stack} → api-${stack} ${role}`));

/**
 * Tests the steps of a change in their order, from the first deployment to the rotation. After each step the test checks the objects in
 * Entra, the secrets in the vaults, the tags and the comments.
 */
export function describeStory(
  engine: string,
  {
    hostOf,
    previewed = /1 create, 1 update, 0 replace, 0 delete\n$/,
    drifted = /== Drift since the last deployment\n.*1 drifted\n.*no changes were expected/s,
  }: {
    readonly hostOf?: HostMaker;
    /** The output of a preview that creates one resource and changes another one. */
    readonly previewed?: RegExp;
    /** The output of the daily run if somebody has changed one resource. */
    readonly drifted?: RegExp;
  } = {},
): void {
  describe(`the story of a change with ${engine}`, () => {
    let at: Awaited<ReturnType<typeof deployedRepository>>;
    beforeAll(async () => {
      at = await deployedRepository(hostOf);
    });
    afterAll(() => at?.close());

    const deploy = async () => (await at.github.push("refs/heads/main"))["deploy.yml"] as WorkflowResult;
    const pull = async (branch: string) =>
      (await at.github.pullRequest({ number: 7, branch }))["pull-request.yml"] as WorkflowResult;
    const daily = async () => (await at.github.schedule())["daily.yml"] as WorkflowResult;
    /** The jobs without success, with the end of their logs, so that a failing test shows the reason. */
    const failures = ({ jobs }: WorkflowResult) =>
      jobs
        .filter(({ result }) => result !== "success")
        .map(({ name, result, log }) => `${name} ${result}: ${log.slice(-2000)}`);
    const asked = () => at.asked.splice(0);
    const logOf = ({ jobs }: WorkflowResult, name: string) => jobs.find((job) => job.name === name)?.log ?? "";

    it("begins with a deployment to dev that is killed in the middle: the tag is not moved, and no other stack is deployed", async () => {
      at.context.stopsAfter = (_, name) => name === "caller-calls-api-Things.Read";
      const run = await deploy();
      at.context.stopsAfter = undefined;
      expect(resultsOf(run).slice(0, 3)).toEqual([
        "dev / plan: success",
        "dev / deploy: failure",
        "dev / remember: skipped",
      ]);
      // The grant exists in Entra, but the deployment was killed before it recorded the grant in its state.
      expect(at.grants()).toEqual({ ...everywhere(() => []), dev: grantsOf("Things.Read").dev });
      expect(await at.tags()).toEqual(everywhere(() => "none"));
      expect(asked()).toEqual(["dev-consent"]);
    });

    it("is run again: it waits for consent, proves each stack, and tags the deployed revision", async () => {
      await at.host.afterKill?.("dev");
      const run = await deploy();
      expect(failures(run)).toEqual([]);
      expect(at.grants()).toEqual(grantsOf("Things.Read"));
      expect(asked()).toEqual(["dev-consent", "staging-consent", "prod-consent"]);
      const main = await at.origin.commitOf("main");
      expect(await at.tags()).toEqual(everywhere(() => main));
      expect(at.secretVersions()).toEqual(everywhere(() => [1, 1]));
      for (const stack of stacks) expect(logOf(run, `${stack} / prove`)).toMatch(/The landscape is as declared\./);
      expect(await at.host.backends()).toEqual(stacks.map((stack) => `azblob://state-${stack} ${stack}`).sort());
    });

    it("continues with a pull request that adds a grant: it gets one comment, findings and a preview, and changes nothing", async () => {
      await at.change(calling(["Things.Read", "Things.Write"]), "more");
      const refs = async () => (await at.origin.refs()).filter((ref) => !/^refs\/(heads\/more|pull\/)/.test(ref));
      const history = JSON.stringify([at.grants(), at.secretVersions(), await at.tags(), await refs()]);
      const run = await pull("more");
      expect(failures(run)).toEqual([]);
      expect(at.github.comments.map(({ pullRequest }) => pullRequest)).toEqual([7]);
      expect(at.github.comments[0]?.body).toMatch(/Things\.Write/);
      expect(at.github.sarif.map(({ category, text }) => [category, JSON.parse(text).version])).toEqual([
        ["access-review", "2.1.0"],
      ]);
      // It creates the assignment, and updates the API access in the caller's registration.
      expect(logOf(run, "preview")).toMatch(previewed);
      // The run after another push updates the same comment.
      await at.change(calling(["Things.Write"]), "more");
      expect(failures(await pull("more"))).toEqual([]);
      expect(at.github.comments.length).toBe(1);
      const after = [at.grants(), at.secretVersions(), await at.tags(), await refs()];
      expect(JSON.stringify(after)).toBe(history);
      expect(asked()).toEqual([]);
    });

    it("is merged: each stack waits for its approval, which is requested after the stacks before it are deployed", async () => {
      await at.change(calling(["Things.Read", "Things.Write"], { until: at.day(30) }), "more");
      await at.merge("more");
      const seen: Record<string, unknown> = {};
      at.reviewers.approve = async (environment) => {
        seen[environment] = stacks.filter((stack) => at.grants()[stack]?.length === 2);
        return true;
      };
      expect(failures(await deploy())).toEqual([]);
      // For each approval, the stacks that had the new grant when it was requested.
      expect(seen).toEqual({ "dev-consent": [], "staging-consent": ["dev"], "prod-consent": ["dev", "staging"] });
      expect(at.grants()).toEqual(grantsOf("Things.Read", "Things.Write"));
      const main = await at.origin.commitOf("main");
      expect(await at.tags()).toEqual(everywhere(() => main));
      asked();
    });

    it("asks only prod's reviewers for a change that grants nothing", async () => {
      const services = calling(["Things.Read", "Things.Write"], { until: at.day(30) });
      await at.change({ ...services, api: { ...api, description: "Another description." } });
      const run = await deploy();
      expect(failures(run)).toEqual([]);
      expect(asked()).toEqual(["prod"]);
      expect(run.jobs.find(({ name }) => name === "prod / deploy")?.environment).toBe("prod");
      const described = [...at.azure.tenant.applications.values()].filter(
        ({ properties }) => properties.description === "Another description.",
      );
      expect(described.map(({ displayName }) => displayName).sort()).toEqual(["api-dev", "api-prod", "api-staging"]);
    });

    it("asks for consent to a later end of a grant, although no grant is added or removed", async () => {
      await at.change(calling(["Things.Read", "Things.Write"], { until: at.day(60) }));
      expect(failures(await deploy())).toEqual([]);
      expect(asked()).toEqual(["dev-consent", "staging-consent", "prod-consent"]);
      expect(at.grants()).toEqual(grantsOf("Things.Read", "Things.Write"));
    });

    it("as long as a change is only merged, the daily run deploys the tags instead of main, and asks nobody", async () => {
      const before = JSON.stringify([await at.tags(), at.grants(), at.secretVersions()]);
      await at.change(calling(["Things.Read"]));
      expect(failures(await daily())).toEqual([]);
      expect(JSON.stringify([await at.tags(), at.grants(), at.secretVersions()])).toBe(before);
      expect(asked()).toEqual([]);
    });

    it("the daily run fails for a stack in which somebody changed a resource by hand, and reports the drift", async () => {
      const application = [...at.azure.tenant.applications.values()].find(
        ({ displayName }) => displayName === "api-prod",
      );
      const before = application?.properties.description;
      if (application) application.properties.description = "Changed in the portal.";
      const run = await daily();
      expect(resultsOf(run)).toEqual(["rotate (dev): success", "rotate (staging): success", "rotate (prod): failure"]);
      expect(logOf(run, "rotate (prod)")).toMatch(drifted);
      if (application && before !== undefined) application.properties.description = before;
    });

    it("after the grant has ended, the daily run still rotates the secrets, but fails because of the finding", async () => {
      // By then the last day of the grant has passed, which is a finding.
      const policy = { since: at.day(-1), periodDays: 90, overlapDays: 14, validityDays: 180 };
      const days = ["api", "caller"].map((service) => nextRotation(new Date(at.context.today), policy, service));
      at.context.today = days.sort().at(-1) ?? "";
      const run = await daily();
      expect(resultsOf(run)).toEqual(stacks.map((stack) => `rotate (${stack}): failure`));
      for (const stack of stacks) expect(logOf(run, `rotate (${stack})`)).toMatch(/ended-grant|has ended|ended/);
      expect(at.secretVersions()).toEqual(everywhere(() => [2, 2]));
      expect(asked()).toEqual([]);
    });
  });
}
