import { Command, Option } from "commander";
import { type EngineChoice, engineChoices } from "../local/deployment/deployer";
import { DeploymentError } from "../local/deployment/deployment";

/** What every command that deploys onto a local Azure can be told. */
export interface DeployingOptions {
  readonly stack: string;
  readonly engine: EngineChoice;
}

/** A command of this project. Wrong usage exits with 2, as everything that keeps a command from its answer. */
export const command = (script: string, description: string): Command =>
  new Command(`npm run ${script} --`)
    .description(description)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

export const deployingCommand = (script: string, description: string): Command =>
  command(script, description)
    .option("-s, --stack <name>", "the stack, with its settings in Pulumi.<name>.yaml", "dev")
    .addOption(
      new Option("-e, --engine <engine>", "what deploys: the pulumi CLI on PATH, or the engine that comes along")
        .choices(engineChoices)
        .default("auto"),
    );

/** Runs a command's work; its result is the exit code. What goes wrong is said in one message, and exits with 2. */
export async function exitCodeOf(work: Promise<number>): Promise<void> {
  try {
    process.exitCode = await work;
  } catch (error) {
    const { message, stack } = error as Error;
    // Only what nobody foresaw needs the place in the code.
    console.error(`\n${error instanceof DeploymentError || error instanceof CommandError ? message : stack}`);
    process.exitCode = 2;
  }
}

/** A reason for a command to stop that its user can do something about. */
export class CommandError extends Error {}
