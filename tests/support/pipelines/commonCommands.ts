import { readFile, rm, symlink } from "node:fs/promises";
import path from "node:path";
import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import { differencesOf } from "@microservice-identities/proof/report";
import { parse } from "yaml";
import { proofText } from "../../../cli/terminal";
import { projectFolder } from "../processes";
import { prove } from "../proof";
import type { Command, CommandAnswer, CommandCall } from "./commandServer";
import type { ActionEffect } from "./jobRunner";

/** The local Azure and the conditions of the deployments that the commands make. */
export interface DeploymentContext {
  readonly azure: LocalAzure;
  /** The current day, for rotations and rules. */
  today: string;
  /** Whether to kill a deployment after it created a resource, for example `caller-app`. Such a deployment is not retried. */
  stopsAfter?: (stack: string, name: string) => boolean;
  /** Is called after a deployment created a resource, for example `caller-application`. The deployment continues. */
  after?: (stack: string, name: string) => void;
}

/** Executes the deployments of a pipeline. */
export interface DeploymentHost {
  readonly commands: Readonly<Record<string, Command>>;
  /** Effects of actions that only this host needs. Default: none. */
  readonly actions?: Readonly<Record<string, ActionEffect>>;
  /** Prepares a project before its first commit: creates its stacks. Default: nothing to do. */
  prepare?(project: string, stacks: readonly string[]): Promise<void>;
  /** The step that docs/operations.md requires between a killed deployment and the next one. Default: nothing. */
  afterKill?(stack: string): Promise<void>;
  /** Each backend with a stack in it, for example `azblob://state-dev dev`, in alphabetical order. */
  backends(): Promise<readonly string[]>;
  close?(): Promise<void>;
}

/** The commands of the pipelines that need no engine. Checks such as tests do nothing; the reviews and the proof are the real ones. */
export function commonCommands(context: DeploymentContext): Record<string, Command> {
  const program =
    (file: string): Command =>
    ({ args }) => {
      const dated = /review|expiry/.test(file) ? ["--date", context.today] : [];
      return { run: [process.execPath, "--import", "tsx", file, ...optionsIn(args), ...dated] };
    };
  const nothing: Command = () => undefined;
  const scripts = {
    review: "cli/review.ts",
    expiry: "cli/expiry.ts",
    "pull-request-comment": "cli/pullRequestComment.ts",
  };
  return {
    "npm ci": async ({ folder }) => {
      await rm(path.join(folder, "node_modules"), { force: true });
      await symlink(path.join(projectFolder, "node_modules"), path.join(folder, "node_modules"));
      return undefined;
    },
    ...{ "npm run typecheck": nothing, "npm run lint": nothing, "npm test": nothing },
    ...Object.fromEntries(
      Object.entries(scripts).flatMap(([name, file]) => [
        [`npm run ${name}`, program(file)],
        [`npm run --silent ${name}`, program(file)],
      ]),
    ),
    "npm run verify": (call) => runProof(context, call),
  };
}

export const stackIn = ({ args }: Pick<CommandCall, "args">): string => args[args.indexOf("--stack") + 1] ?? "";

/** The arguments that npm passes to a script. */
export const optionsIn = (args: readonly string[]): readonly string[] =>
  args.includes("--") ? args.slice(args.indexOf("--") + 1) : [];

export async function readSettings(call: Pick<CommandCall, "folder" | "args">) {
  const file = path.join(call.folder, `Pulumi.${stackIn(call)}.yaml`);
  return { file, settings: parse(await readFile(file, "utf8")) as { config: Record<string, unknown> } };
}

/** The settings that no stack's file contains: the day of the test, and the address of its Entra. */
export const configOf = ({ today, azure }: DeploymentContext) => ({ date: today, authority: azure.authority });

async function runProof(context: DeploymentContext, { args, folder }: CommandCall): Promise<CommandAnswer> {
  const file = path.resolve(folder, args[args.indexOf("--outputs") + 1] ?? "");
  const report = await prove(context.azure, JSON.parse(await readFile(file, "utf8")));
  return { code: differencesOf(report).length === 0 ? 0 : 1, stdout: `${proofText(report)}\n` };
}

/** Requests the id token of a job from GitHub. @throws Error if the job is not allowed to request one */
export async function askForToken(environment: NodeJS.ProcessEnv): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = environment;
  if (!address) throw new Error("the job is not allowed to request a token: id-token is not among its permissions");
  const response = await fetch(`${address}&audience=api://AzureADTokenExchange`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return ((await response.json()) as { value: string }).value;
}
