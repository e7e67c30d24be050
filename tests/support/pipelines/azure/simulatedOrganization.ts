import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectFolder } from "../../processes";
import { azureStages } from "../azureStages";
import { type Command, commandServer } from "../commandServer";
import { type GitOrigin, git } from "../gitOrigin";
import { type AzureHost, type AzureRun, Locks, runAzurePipeline, variablesOf } from "./pipelineRun";

const stacks = ["dev", "staging", "prod"];

export interface SimulatedOrganizationOptions {
  readonly origin: GitOrigin;
  readonly commands: Readonly<Record<string, Command>>;
  /** The variable group of a stack. */
  readonly groupOf: (stack: string) => Readonly<Record<string, string>>;
  /** The identity of a service connection, for example `registrar-dev`. */
  readonly signIn: AzureHost["signIn"];
  readonly approve: (environment: string) => Promise<boolean>;
  /** Is called when a run waits for a lock. Default: nothing. */
  readonly onWait?: () => void;
  /** The subscription that the Azure CLI shows. Default: `subscription`. */
  readonly subscriptionId?: string;
  /** The folder of the pipelines' files. Default: this project's. */
  readonly pipelines?: string;
}

/** A simulated organization of Azure DevOps, configured as in docs/environments.md, with the pipelines of this project. */
export async function simulatedOrganization({
  origin,
  commands,
  groupOf,
  signIn,
  approve,
  onWait,
  subscriptionId = "subscription",
  pipelines = path.join(projectFolder, "azure-pipelines"),
}: SimulatedOrganizationOptions) {
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
