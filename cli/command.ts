import { existsSync, realpathSync } from "node:fs";
import { DeploymentError } from "@microservice-identities/engine/deployment/stack";
import { today } from "@microservice-identities/validation/days";
import { isoDate } from "@microservice-identities/validation/formats";
import { shown } from "@microservice-identities/validation/shown";
import { didYouMean } from "@microservice-identities/validation/similarName";
import { Command, InvalidArgumentError, Option } from "commander";

/** The text of `--help` for a command, apart from its options. */
export interface HelpText {
  /** Full sentences; the first one begins with a verb. */
  readonly does: string;
  /** The meaning of each exit code. */
  readonly exitCodes: Readonly<Record<number, string>>;
  /** A complete command line. */
  readonly example: string;
}

/** Independent of the terminal, so that tests see the same text as users. */
const helpWidth = 80;

/** A command of this project. Wrong usage exits with 2, like everything that prevents a command from running. */
export function command(script: string, { does, exitCodes, example }: HelpText): Command {
  const program = new Command(`npm run ${script} --`);
  return program
    .description(does)
    .helpOption("-h, --help", "show this help")
    .configureHelp({ helpWidth })
    .addHelpText("after", () =>
      [
        "",
        "Exit codes:",
        ...Object.entries(exitCodes).map(([code, meaning]) => `  ${code}  ${meaning}`),
        "",
        "Example:",
        `  ${example}`,
      ].join("\n"),
    )
    .configureOutput({ outputError: (text, write) => write(inOurWords(text, program.args)) })
    .showHelpAfterError(`\`npm run ${script} -- --help\` lists the arguments and options.`)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
}

/** The errors of the parser like all others: the place, the value, what is allowed; without long values and secrets. */
function inOurWords(error: string, given: readonly string[]): string {
  const [, place, value = "", allowed = ""] =
    /^error: option '(.*?)' argument '([\s\S]*)' is invalid.*?\. Allowed(?: choices are|:) ([\s\S]*)\.\n$/.exec(
      error,
    ) ?? [];
  if (place === undefined)
    return error
      .replace(/required option ('.*?') not specified/, "the option $1 is missing")
      .replace(/(option '.*?') argument missing/, "the $1 needs a value")
      .replace(/missing required argument ('.*?')/, "the argument $1 is missing")
      .replace(
        /command-argument value ('.*?') is invalid for argument ('.*?')\. Allowed choices are/,
        "the argument $2 is $1; allowed:",
      )
      .replace(
        /too many arguments\. Expected (\d+) arguments? but got \d+\./,
        (_, most: string) =>
          `unexpected argument ${shown(given[Number(most)])}; allowed: ${most} argument${most === "1" ? "" : "s"}`,
      );
  return `error: ${place} is ${shown(value)}; allowed: ${allowed}.${didYouMean(value, allowed.split(", "))}\n`;
}

/**
 * Runs the command if its file is the program, and not if a test imports it.
 *
 * @param file `__filename`
 */
export function runIfProgram(file: string, program: Command): void {
  // Not `require.main`: Node does not set it if a loader such as tsx's loads the program.
  const [, main] = process.argv;
  if (main === undefined || !existsSync(main) || realpathSync(main) !== realpathSync(file)) return;
  process.stdout.on("error", endWithReader);
  program.parse();
}

/** A reader such as `head` may close the pipe before everything is written. The exit code is that of other programs then: 128 + SIGPIPE. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit(141);
}

/** For commands that work on one stack. */
export const stackOption = () => new Option("-s, --stack <name>", "the stack; its settings are in Pulumi.<name>.yaml");

/** For commands that can process several stacks that call each other. */
export const requiredStacksOption = () =>
  new Option(
    "-s, --stack <names...>",
    "the stack, or several stacks that call each other; settings are in Pulumi.<name>.yaml",
  );
export const stacksOption = requiredStacksOption().default(["dev"]);

/** Selects the refusals that a proof tries. */
export const seedOption = () =>
  new Option("--seed <number>", "selects the refusals: the same number selects the same ones")
    .argParser(atLeast(0))
    .default(1);

/** The source of a stack's outputs. */
export const outputsOption = new Option(
  "--outputs <file>",
  "the output of `pulumi stack output --json`, instead of asking the CLI; - is standard input",
);

/** The day for which a command evaluates dates. */
export const dateOption = new Option("-d, --date <day>", "the day to use instead of today")
  .argParser((given: string) => {
    if (!isoDate.accepts(given)) throw new InvalidArgumentError(`Allowed: ${isoDate.allowed}.`);
    return given;
  })
  .default(today(), "today");

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
