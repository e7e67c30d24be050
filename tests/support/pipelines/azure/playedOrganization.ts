import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectFolder } from "../../processes";
import { azureStages } from "../azureStages";
import { type Command, commandServer } from "../commandServer";
import { type GitOrigin, git } from "../gitOrigin";
import { type AzureHost, type AzureRun, Locks, runAzurePipeline, variablesOf } from "./pipelineRun";

const stacks = ["dev", "staging", "prod"];

export interface PlayedOrganizationOptions {
  readonly origin: GitOrigin;
  readonly commands: Readonly<Record<string, Command>>;
  /** What the variable group of a stack holds. */
  readonly groupOf: (stack: string) => Readonly<Record<string, string>>;
  /** What a service connection signs in as, for example `registrar-dev`. */
  readonly signIn: AzureHost["signIn"];
  readonly approve: (environment: string) => Promise<boolean>;
  /** What happens when a run waits for a lock. Default: nothing. */
  readonly onWait?: () => void;
  /** The subscription that the Azure CLI shows. Default: `subscription`. */
  readonly subscriptionId?: string;
  /** The folder of the pipelines' files. Default: ours. */
  readonly pipelines?: string;
}

/** An organization of Azure DevOps as docs/environments.md describes it, with our pipelines. */
export async function playedOrganization({
  origin,
  commands,
  groupOf,
  signIn,
  approve,
  onWait,
  subscriptionId = "subscription",
  pipelines = path.join(projectFolder, "azure-pipelines"),
}: PlayedOrganizationOptions) {
  const folder = await mkdtemp(path.join(tmpdir(), "organization-"));
  const server = await commandServer(path.join(folder, "bin"), {
    ...commands,
    "az account show": () => ({ stdout: `${subscriptionId}\n` }),
    "az cloud show": () => ({ stdout: "AzureCloud\n" }),
  });
  const host: AzureHost = {
    origin,
    groups: Object.fromEntries(stacks.map((stack) => [`microservice-identities-${stack}`, groupOf(stack)])),
    checks: Object.fromEntries([
      ...stacks.flatMap((stack) => [
        [`environment ${stack}`, { lock: true, ...(stack === "prod" ? { approve: () => approve("prod") } : {}) }],
        [`environment ${stack}-consent`, { lock: true, approve: () => approve(`${stack}-consent`) }],
        [`connection registrar-${stack}`, {}],
        [`connection consenter-${stack}`, {}],
      ]),
      ["connection previewer-dev", {}],
    ]),
    locks: new Locks(onWait),
    signIn,
    accessToken: "the build's token",
    machine: {
      PATH: [path.join(folder, "bin"), path.dirname(process.execPath), "/usr/bin", "/bin"].join(path.delimiter),
      GIT_CONFIG_NOSYSTEM: "1",
    },
  };
  let run = 0;
  const start = async (file: string, commit: string, parameters = {}, more = {}): Promise<AzureRun> => {
    const stages = azureStages(path.join(pipelines, file), parameters);
    const variables = { "Build.BuildId": `${++run}`, ...more };
    return runAzurePipeline(host, stages, { commit, variables });
  };
  return {
    host,
    variablesOf: (written: unknown) => variablesOf(host, written),
    deploy: async (parameters: { consent?: boolean } = {}, commit = "main") =>
      start("deploy.yml", await origin.commitOf(commit), parameters),
    daily: async () => start("daily.yml", await origin.commitOf("main")),
    /** The build validation of a pull request into main, on the commit that would merge it. */
    async validate(branch: string): Promise<AzureRun> {
      const tree = await git(origin.bare, "merge-tree", "--write-tree", "refs/heads/main", `refs/heads/${branch}`);
      const parents = ["-p", "refs/heads/main", "-p", `refs/heads/${branch}`];
      const merge = await git(origin.bare, "commit-tree", tree, ...parents, "-m", "Merge");
      return start("pull-request.yml", merge, {}, { "System.PullRequest.TargetBranchName": "main" });
    },
    async close() {
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
