import { nextRotation } from "../../../components/rotation";
import { deployedRepository } from "./deployedRepository";
import { firstServices, type HostMaker } from "./deployedWorld";
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
 * The story of a change, from the first deployment to the rotation: after each step, what Entra, the vaults, the tags and the
 * comments hold.
 */
export function describeStory(
  engine: string,
  {
    hostOf,
    previewed = /1 create, 1 update, 0 replace, 0 delete\n$/,
    drifted = /== Drift since the last deployment\n.*1 drifted\n.*no changes were expected/s,
  }: {
    readonly hostOf?: HostMaker;
    /** What a preview prints that creates one resource and changes one. */
    readonly previewed?: RegExp;
    /** What the daily run prints of one resource that somebody has changed. */
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
    /** The ends of the logs of what failed, which a failing test shows. */
    const failures = ({ jobs }: WorkflowResult) =>
      jobs
        .filter(({ result }) => result !== "success")
        .map(({ name, result, log }) => `${name} ${result}: ${log.slice(-2000)}`);
    const asked = () => at.asked.splice(0);
    const logOf = ({ jobs }: WorkflowResult, name: string) => jobs.find((job) => job.name === name)?.log ?? "";

    it("begins with a deployment that dies in the middle: it is not remembered, and nothing later is deployed", async () => {
      at.world.diesAfter = (_, name) => name === "caller-calls-api-Things.Read";
      const run = await deploy();
      at.world.diesAfter = undefined;
      expect(resultsOf(run).slice(0, 3)).toEqual([
        "dev / plan: success",
        "dev / deploy: failure",
        "dev / remember: skipped",
      ]);
      // It was about to write down that it had granted.
      expect(at.grants()).toEqual({ ...everywhere(() => []), dev: grantsOf("Things.Read").dev });
      expect(await at.tags()).toEqual(everywhere(() => "none"));
      expect(asked()).toEqual(["dev-consent"]);
    });

    it("is run again: it waits for consent, is proved, and is remembered", async () => {
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

    it("continues with a pull request that grants: one comment, findings, a preview, and nothing that is written", async () => {
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
      // The assignment, and the access in the registration of the caller.
      expect(logOf(run, "preview")).toMatch(previewed);
      // Again after another push: the same comment.
      await at.change(calling(["Things.Write"]), "more");
      expect(failures(await pull("more"))).toEqual([]);
      expect(at.github.comments.length).toBe(1);
      const after = [at.grants(), at.secretVersions(), await at.tags(), await refs()];
      expect(JSON.stringify(after)).toBe(history);
      expect(asked()).toEqual([]);
    });

    it("is merged: prod waits for its approval, after the proofs of dev and staging", async () => {
      await at.change(calling(["Things.Read", "Things.Write"], { until: at.day(30) }), "more");
      await at.merge("more");
      const seen: Record<string, unknown> = {};
      at.reviewers.approve = async (environment) => {
        seen[environment] = stacks.filter((stack) => at.grants()[stack]?.length === 2);
        return true;
      };
      expect(failures(await deploy())).toEqual([]);
      // What was granted when each was asked.
      expect(seen).toEqual({ "dev-consent": [], "staging-consent": ["dev"], "prod-consent": ["dev", "staging"] });
      expect(at.grants()).toEqual(grantsOf("Things.Read", "Things.Write"));
      const main = await at.origin.commitOf("main");
      expect(await at.tags()).toEqual(everywhere(() => main));
      asked();
    });

    it("needs no consent when nothing is granted", async () => {
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

    it("waits for consent when a grant is to last longer, although no grant is added or removed", async () => {
      await at.change(calling(["Things.Read", "Things.Write"], { until: at.day(60) }));
      expect(failures(await deploy())).toEqual([]);
      expect(asked()).toEqual(["dev-consent", "staging-consent", "prod-consent"]);
      expect(at.grants()).toEqual(grantsOf("Things.Read", "Things.Write"));
    });

    it("is followed by quiet days: the daily run deploys the tag, not what nobody has approved on main, and asks nobody", async () => {
      const before = JSON.stringify([await at.tags(), at.grants(), at.secretVersions()]);
      await at.change(calling(["Things.Read"]));
      expect(failures(await daily())).toEqual([]);
      expect(JSON.stringify([await at.tags(), at.grants(), at.secretVersions()])).toBe(before);
      expect(asked()).toEqual([]);
    });

    it("has its drift by hand reported by the daily run", async () => {
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

    it("has its secrets renewed on their day, although a rule finds what only time has made", async () => {
      // The last day of the grant has passed by then, which is a finding.
      const policy = { since: at.day(-1), periodDays: 90, overlapDays: 14, validityDays: 180 };
      const days = ["api", "caller"].map((service) => nextRotation(new Date(at.world.today), policy, service));
      at.world.today = days.sort().at(-1) ?? "";
      const run = await daily();
      expect(resultsOf(run)).toEqual(stacks.map((stack) => `rotate (${stack}): failure`));
      for (const stack of stacks) expect(logOf(run, `rotate (${stack})`)).toMatch(/ended-grant|has ended|ended/);
      expect(at.secretVersions()).toEqual(everywhere(() => [2, 2]));
      expect(asked()).toEqual([]);
    });
  });
}
