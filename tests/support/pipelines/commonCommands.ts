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

/** The world that the commands work in. */
export interface World {
  readonly azure: LocalAzure;
  /** The current day, for rotations and rules. */
  today: string;
  /** Whether to stop a deployment after a resource, for example `caller-app`. Nothing is retried. */
  diesAfter?: (stack: string, name: string) => boolean;
  /** Is called after a resource, for example `caller-application`, in a deployment that continues. */
  after?: (stack: string, name: string) => void;
}

/** What carries out the deployments of a pipeline. */
export interface DeploymentHost {
  readonly commands: Readonly<Record<string, Command>>;
  /** Effects of actions that only this host needs. Default: none. */
  readonly actions?: Readonly<Record<string, ActionEffect>>;
  /** Prepares a project before its first commit: creates its stacks. Default: nothing to do. */
  prepare?(project: string, stacks: readonly string[]): Promise<void>;
  /** What the procedure for a killed deployment asks for before the next. Default: nothing. */
  afterKill?(stack: string): Promise<void>;
  /** The backends with the stacks that they hold, as `azblob://state-dev dev`, sorted. */
  backends(): Promise<readonly string[]>;
  close?(): Promise<void>;
}

/** The commands of our workflows that no engine carries out: the checks do nothing, reviews and the proof are the project's own. */
export function commonCommands(world: World): Record<string, Command> {
  const program =
    (file: string): Command =>
    ({ args }) => {
      const dated = /review|expiry/.test(file) ? ["--date", world.today] : [];
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
    "npm run verify": (call) => runProof(world, call),
  };
}

export const stackIn = ({ args }: Pick<CommandCall, "args">): string => args[args.indexOf("--stack") + 1] ?? "";

/** What npm passes on to a script. */
export const optionsIn = (args: readonly string[]): readonly string[] =>
  args.includes("--") ? args.slice(args.indexOf("--") + 1) : [];

export async function readSettings(call: Pick<CommandCall, "folder" | "args">) {
  const file = path.join(call.folder, `Pulumi.${stackIn(call)}.yaml`);
  return { file, settings: parse(await readFile(file, "utf8")) as { config: Record<string, unknown> } };
}

/** What no stack's file has: the day of the test, and where its Entra is. */
export const configOf = ({ today, azure }: World) => ({ date: today, authority: azure.authority });

async function runProof(world: World, { args, folder }: CommandCall): Promise<CommandAnswer> {
  const file = path.resolve(folder, args[args.indexOf("--outputs") + 1] ?? "");
  const report = await prove(world.azure, JSON.parse(await readFile(file, "utf8")));
  return { code: differencesOf(report).length === 0 ? 0 : 1, stdout: `${proofText(report)}\n` };
}

/** Asks GitHub for the token of a job. @throws Error if the job may not */
export async function askForToken(environment: NodeJS.ProcessEnv): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = environment;
  if (!address) throw new Error("the job may not ask for a token: id-token is not among its permissions");
  const response = await fetch(`${address}&audience=api://AzureADTokenExchange`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return ((await response.json()) as { value: string }).value;
}
