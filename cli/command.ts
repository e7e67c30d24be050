import { type EngineChoice, engineChoices } from "@microservice-identities/engine/deployment/openStack";
import { DeploymentError } from "@microservice-identities/engine/deployment/stack";
import { type FaultPlan, faultPlan } from "@microservice-identities/local-azure/faults";
import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import { today } from "@microservice-identities/validation/days";
import { readYamlFile } from "@microservice-identities/validation/files";
import { isoDate } from "@microservice-identities/validation/formats";
import { Command, InvalidArgumentError, Option } from "commander";

/** Options of every command that deploys onto a local Azure. */
export interface DeployingOptions {
  readonly engine: EngineChoice;
  /** A YAML file with a {@link FaultPlan}. */
  readonly faults?: string;
}

/** A command of this project. Wrong usage exits with 2, like everything that prevents a command from running. */
export const command = (script: string, description: string): Command =>
  new Command(`npm run ${script} --`)
    .description(description)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

export const oneStackOption = new Option(
  "-s, --stack <name>",
  "the stack, whose settings are in Pulumi.<name>.yaml",
).default("dev");

/** For commands that can process several stacks that call each other. */
export const stacksOption = new Option(
  "-s, --stack <names...>",
  "the stack, whose settings are in Pulumi.<name>.yaml; can be several that call each other",
).default(["dev"]);

export const outputsOption = new Option(
  "--outputs <file>",
  "a file that `pulumi stack output --json` wrote, instead of asking the CLI; - is standard input",
);

export const deployingCommand = (script: string, description: string, stackOption = oneStackOption): Command =>
  command(script, description)
    .addOption(stackOption)
    .addOption(
      new Option(
        "-e, --engine <engine>",
        "what deploys: pulumi is the CLI on the PATH; auto is the CLI if there is one, otherwise built-in",
      )
        .choices(engineChoices)
        .default("auto"),
    )
    .option("--faults <file>", "a YAML file with faults of the local Azure; see docs/faults.md");

/** The day for which a command evaluates dates. */
export const dateOption = new Option("-d, --date <day>", "the day to use instead of today")
  .argParser((given: string) => {
    if (!isoDate.accepts(given)) throw new InvalidArgumentError(`Allowed: ${isoDate.allowed}.`);
    return given;
  })
  .default(today());

/** A parser of options whose value is a whole number, written in digits. */
export function atLeast(least: number): (given: string) => number {
  return (given) => {
    if (/^\d{1,9}$/.test(given) && Number(given) >= least) return Number(given);
    throw new InvalidArgumentError(`Allowed: a whole number from ${least}.`);
  };
}

/** Parses the value of an option as a number of days, for example `30d`. */
export function days(given: string): number {
  const [, count] = /^(\d{1,4})d$/.exec(given) ?? [];
  if (count === undefined) throw new InvalidArgumentError("Allowed: a number of days, for example 30d.");
  return Number(count);
}

export const readFaults = (file: string | undefined): FaultPlan =>
  file === undefined ? {} : ofOption("--faults", () => readYamlFile(file, faultPlan));

/** Adds the name of the option to errors about its value. */
export function ofOption<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new CommandError(`${option}: ${(error as Error).message}`);
  }
}

/** Runs a command; the result is its exit code. An error is printed as one message, and the exit code is 2. */
export async function exitCodeOf(work: Promise<number>): Promise<void> {
  try {
    process.exitCode = await work;
  } catch (error) {
    const { message, stack } = error as Error;
    // Only unexpected errors need the place in the code.
    console.error(`\n${error instanceof DeploymentError || error instanceof CommandError || !stack ? message : stack}`);
    process.exitCode = 2;
  }
}

/** An error that the user of a command can correct. */
export class CommandError extends Error {}

/** The setting that differs on a local Azure: the authority that issues tokens. */
export const localConfig = ({ authority }: Pick<LocalAzure, "authority">): Readonly<Record<string, string>> => ({
  authority,
});
