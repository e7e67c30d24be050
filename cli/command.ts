import { type EngineChoice, engineChoices } from "@microservice-identities/engine/deployment/openStack";
import { DeploymentError } from "@microservice-identities/engine/deployment/stack";
import { type FaultPlan, faultPlan } from "@microservice-identities/local-azure/faults";
import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import { today } from "@microservice-identities/validation/days";
import { readYamlFile } from "@microservice-identities/validation/files";
import { isoDate } from "@microservice-identities/validation/formats";
import { Command, InvalidArgumentError, Option } from "commander";

/** What every command that deploys onto a local Azure can be told. */
export interface DeployingOptions {
  readonly engine: EngineChoice;
  /** A YAML file with a {@link FaultPlan}. */
  readonly faults?: string;
}

/** A command of this project. Wrong usage exits with 2, as everything that keeps a command from its answer. */
export const command = (script: string, description: string): Command =>
  new Command(`npm run ${script} --`)
    .description(description)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

const oneStack = new Option("-s, --stack <name>", "the stack, with its settings in Pulumi.<name>.yaml").default("dev");

/** For commands that take several stacks: those that call each other belong together. */
export const stacksOption = new Option(
  "-s, --stack <names...>",
  "the stack, with its settings in Pulumi.<name>.yaml; several that call each other",
).default(["dev"]);

export const deployingCommand = (script: string, description: string, stackOption = oneStack): Command =>
  command(script, description)
    .addOption(stackOption)
    .addOption(
      new Option("-e, --engine <engine>", "what deploys: the pulumi CLI on PATH, or the built-in engine")
        .choices(engineChoices)
        .default("auto"),
    )
    .option("--faults <file>", "a YAML file that says what goes wrong in the local Azure; see the README");

/** The day that a command judges by. */
export const dateOption = new Option("-d, --date <day>", "the day to judge by, in place of today")
  .argParser((given: string) => {
    if (!isoDate.accepts(given)) throw new InvalidArgumentError(`Allowed: ${isoDate.allowed}.`);
    return given;
  })
  .default(today());

/** A number of days, for an option: `30d`. */
export function days(given: string): number {
  const [, count] = /^(\d{1,4})d$/.exec(given) ?? [];
  if (count === undefined) throw new InvalidArgumentError("Allowed: a number of days, like 30d.");
  return Number(count);
}

export const readFaults = (file: string | undefined): FaultPlan =>
  file === undefined ? {} : ofOption("--faults", () => readYamlFile(file, faultPlan));

/** Puts the option before the message of whatever goes wrong with its value. */
export function ofOption<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new CommandError(`${option}: ${(error as Error).message}`);
  }
}

/** Runs a command's work; its result is the exit code. An error is printed as one message, and exits with 2. */
export async function exitCodeOf(work: Promise<number>): Promise<void> {
  try {
    process.exitCode = await work;
  } catch (error) {
    const { message, stack } = error as Error;
    // Only what nobody foresaw needs the place in the code.
    console.error(`\n${error instanceof DeploymentError || error instanceof CommandError || !stack ? message : stack}`);
    process.exitCode = 2;
  }
}

/** A reason for a command to stop that its user can do something about. */
export class CommandError extends Error {}

/** The one setting that a stack on a local Azure has of its own: where its tokens come from. */
export const localConfig = ({ authority }: Pick<LocalAzure, "authority">): Readonly<Record<string, string>> => ({
  authority,
});
