import { UserError } from "@microservice-identities/validation/userError";
import { Option } from "commander";
import { serviceVariables } from "../components/serviceVariables";
import { CommandError, command, exitCodeOf, outputsOption, runIfProgram, stackOption } from "./command";
import { serviceEntry } from "./serviceEntry";
import { outputsFrom } from "./stackOutputs";
import { type Format, formats, formatted } from "./variables/formats";

interface VariablesOptions {
  readonly stack: string;
  readonly outputs?: string;
  readonly service: string;
  readonly format: Format;
}

async function variables({ stack, outputs, service, format }: VariablesOptions): Promise<number> {
  const known = await outputsFrom(outputs, stack);
  const { identityId, workload } = serviceEntry(known.directory, service);
  try {
    const accounts = workload?.kubernetes ?? [];
    const values = serviceVariables(known, service);
    const { text, notes } = formatted(format, { service, variables: values, identityId, accounts });
    process.stdout.write(text);
    for (const note of notes) console.error(note);
  } catch (error) {
    throw error instanceof UserError ? new CommandError(error.message) : error;
  }
  return 0;
}

export const variablesCommand = command("variables", {
  does: "Prints the environment variables for a service of a deployed stack, in the format of the platform that runs it. None of them is a secret. Further steps are printed on standard error.",
  exitCodes: { 0: "printed", 2: "it could not run" },
  example: "npm run variables -- --stack prod --service orders",
})
  .addOption(stackOption().default("dev"))
  .addOption(outputsOption)
  .requiredOption("--service <name>", "the service")
  .addOption(new Option("--format <format>", "the platform's format").choices(formats).default("dotenv"))
  .action((options: VariablesOptions) => exitCodeOf(variables(options)));
runIfProgram(__filename, variablesCommand);
