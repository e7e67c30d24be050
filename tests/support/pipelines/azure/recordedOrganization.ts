import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectFolder } from "../../processes";
import { azureStages } from "../azureStages";
import { commandServer } from "../commandServer";
import { git, originOf } from "../gitOrigin";
import { pipelineFiles } from "../playedRepository";
import { type Answers, recordedCommands } from "../recordedCommands";
import { type AzureHost, type AzureRun, Locks, runAzurePipeline, variablesOf } from "./pipelineRun";

const stacks = ["dev", "staging", "prod"];
const organizations: { close(): Promise<void> | void }[] = [];

/** Ends what the tests of a file have started. */
export async function closeOrganizations(): Promise<void> {
  await Promise.all(organizations.splice(0).map((each) => each.close()));
}

/**
 * An organization of Azure DevOps as docs/environments.md describes it, with our pipelines, whose commands do nothing but are recorded.
 *
 * @param pipelines the folder of the pipelines' files. Default: ours
 */
export async function recordedOrganization(pipelines = path.join(projectFolder, "azure-pipelines")) {
  const folder = await mkdtemp(path.join(tmpdir(), "organization-"));
  const origin = await originOf(await pipelineFiles());
  const { commands, approve, ...recorded } = recordedCommands();
  /** What happens when a run waits for a lock. */
  const answers: Answers & { onWait?: () => void } = recorded.answers;
  const server = await commandServer(path.join(folder, "bin"), {
    ...commands,
    "npm run pull-request-comment": ({ environment }) => {
      recorded.calls.push({ line: `comment with ${environment.SYSTEM_ACCESSTOKEN}` });
      return {};
    },
    "az account show": () => ({ stdout: "subscription\n" }),
    "az cloud show": () => ({ stdout: "AzureCloud\n" }),
  });
  organizations.push(server, origin, { close: () => rm(folder, { recursive: true, force: true }) });
  const host: AzureHost = {
    origin,
    groups: Object.fromEntries(
      stacks.map((stack) => [
        `microservice-identities-${stack}`,
        {
          PULUMI_BACKEND_URL: `azblob://state-${stack}`,
          REGISTRAR_CLIENT_ID: `registrar of ${stack}`,
          REGISTRAR_OBJECT_ID: `object of the registrar of ${stack}`,
        },
      ]),
    ),
    checks: Object.fromEntries([
      ...stacks.flatMap((stack) => [
        [`environment ${stack}`, { lock: true, ...(stack === "prod" ? { approve: () => approve("prod") } : {}) }],
        [`environment ${stack}-consent`, { lock: true, approve: () => approve(`${stack}-consent`) }],
        [`connection registrar-${stack}`, {}],
        [`connection consenter-${stack}`, {}],
      ]),
      ["connection previewer-dev", {}],
    ]),
    locks: new Locks(() => answers.onWait?.()),
    signIn: (connection) => {
      const [role, stack] = connection.split("-");
      return { servicePrincipalId: `${role} of ${stack}`, tenantId: "tenant", idToken: "token" };
    },
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
    ...{ host, origin, ...recorded, answers },
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
  };
}
