import { deployedOrganization } from "./azure/deployedOrganization";
import { type bootstrappedStacks, firstServices, type HostMaker } from "./bootstrappedStacks";
import { deployedProject } from "./gitlab/deployedProject";

const stacks = ["dev", "staging", "prod"] as const;
const everywhere = <T>(of: (stack: string) => T): Record<string, T> =>
  Object.fromEntries(stacks.map((stack) => [stack, of(stack)]));
const grantsOf = (...roles: string[]) =>
  everywhere((stack) => roles.map((role) => `caller-${stack} → api-${stack} ${role}`));

/** A run that has ended: the jobs or stages that failed, and everything that it printed. */
interface Ended {
  readonly failed: readonly string[];
  readonly log: string;
}

interface CodeHost extends Omit<Awaited<ReturnType<typeof bootstrappedStacks>>, "close"> {
  deploy(): Promise<Ended>;
  daily(): Promise<Ended>;
  close(): Promise<void>;
}

const codeHosts: [string, (hostOf?: HostMaker) => Promise<CodeHost>][] = [
  [
    "GitLab CI",
    async (hostOf) => {
      const at = await deployedProject(hostOf);
      const ended = async (run: ReturnType<typeof at.gitlab.push>): Promise<Ended> => {
        const { jobs } = await run;
        return {
          failed: jobs.flatMap(({ name, result, log }) =>
            result === "failed" ? [`${name}: ${log.slice(-2000)}`] : [],
          ),
          log: jobs.map(({ log }) => log).join("\n"),
        };
      };
      return { ...at, deploy: () => ended(at.gitlab.push("main")), daily: () => ended(at.gitlab.schedule()) };
    },
  ],
  [
    "Azure Pipelines",
    async (hostOf) => {
      const at = await deployedOrganization(hostOf);
      const ended = async (run: ReturnType<typeof at.organization.deploy>): Promise<Ended> => {
        const { results, log } = await run;
        const failed = Object.entries(results).flatMap(([stage, result]) => (result === "Failed" ? [stage] : []));
        return { failed: failed.length > 0 ? [...failed, log.slice(-3000)] : [], log };
      };
      return { ...at, deploy: () => ended(at.organization.deploy()), daily: () => ended(at.organization.daily()) };
    },
  ],
];

/** Tests deployments by GitLab CI and Azure Pipelines. @param hostOf executes the deployments. Default: the built-in engine */
export function describeOtherCodeHosts(engine: string, hostOf?: HostMaker): void {
  describe.each(codeHosts)(`%s, with ${engine}`, (_, start) => {
    let at: CodeHost;
    beforeAll(async () => {
      at = await start(hostOf);
    });
    afterAll(() => at?.close());
    const asked = () => at.asked.splice(0);

    it("deploys dev, staging and prod with consent, proves each stack, and tags the deployed revision", async () => {
      const { failed, log } = await at.deploy();
      expect(failed).toEqual([]);
      expect(asked()).toEqual(["dev-consent", "staging-consent", "prod-consent"]);
      expect(at.grants()).toEqual(grantsOf("Things.Read"));
      expect(at.secretVersions()).toEqual(everywhere(() => [1, 1]));
      const main = await at.origin.commitOf("main");
      expect(await at.tags()).toEqual(everywhere(() => main));
      expect(log.match(/The landscape is as declared\./g)?.length).toBe(3);
      expect(await at.host.backends()).toEqual(stacks.map((stack) => `azblob://state-${stack} ${stack}`).sort());
    });

    it("deploys a change without a new grant as the registrar, which cannot grant, and asks only prod's approvers", async () => {
      const { api, caller } = firstServices;
      await at.change({ api: { ...api, description: "Another description." }, caller });
      expect((await at.deploy()).failed).toEqual([]);
      expect(asked()).toEqual(["prod"]);
      expect(at.grants()).toEqual(grantsOf("Things.Read"));
      const described = [...at.azure.tenant.applications.values()].filter(
        ({ properties }) => properties.description === "Another description.",
      );
      expect(described.map(({ displayName }) => displayName).sort()).toEqual(["api-dev", "api-prod", "api-staging"]);
    });

    it("deploys in its daily run the tags instead of main, and asks nobody", async () => {
      const before = JSON.stringify([await at.tags(), at.grants(), at.secretVersions()]);
      const { api, caller } = firstServices;
      await at.change({ api, caller: { ...caller, calls: {} } });
      expect((await at.daily()).failed).toEqual([]);
      expect(JSON.stringify([await at.tags(), at.grants(), at.secretVersions()])).toBe(before);
      expect(asked()).toEqual([]);
    });
  });
}
