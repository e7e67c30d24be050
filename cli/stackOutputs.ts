import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { type ProvableStack, provableStack } from "@microservice-identities/proof/directory";
import { reasonOf } from "@microservice-identities/validation/files";
import { check, problemList } from "@microservice-identities/validation/problems";
import { shown } from "@microservice-identities/validation/shown";
import { CommandError } from "./command";
import { projectFolder } from "./projectFolder";

/** The outputs of a stack. @param file the value of `--outputs`. Default: the Pulumi CLI returns the outputs */
export const outputsFrom = (file: string | undefined, stack: string): Promise<ProvableStack> =>
  file === undefined ? outputsOfStack(stack) : outputsIn(file);

/** Reads outputs that `pulumi stack output --json` wrote. @param file `-` is standard input */
export async function outputsIn(file: string): Promise<ProvableStack> {
  const name = file === "-" ? "standard input" : file;
  const json = await (file === "-" ? text(process.stdin) : readFile(file, "utf8")).catch((error: Error) => {
    throw new CommandError(`cannot read the stack's outputs from ${name}: ${reasonOf(error)}`);
  });
  return checked(parsed(json, name), name);
}

/** Reads the outputs with the Pulumi CLI. */
export async function outputsOfStack(stack: string): Promise<ProvableStack> {
  let json: string;
  try {
    ({ stdout: json } = await promisify(execFile)("pulumi", ["stack", "output", "--json", "--stack", stack], {
      cwd: projectFolder,
      env: process.env,
      maxBuffer: 256 * 2 ** 20,
    }));
  } catch (error) {
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    throw new CommandError(
      code === "ENOENT"
        ? "there is no Pulumi CLI on the PATH to read the stack's outputs: pass them with --outputs <file>"
        : stderr?.includes("no stack named")
          ? `there is no stack ${shown(stack)} in the backend of the Pulumi CLI; \`pulumi stack ls\` lists the existing ones`
          : `stack ${stack}: ${stderr?.trim() || message}`,
    );
  }
  return checked(parsed(json, `the output of stack ${stack}`), `the output of stack ${stack}`);
}

function parsed(json: string, name: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The reason that Node gives repeats the text, which may contain a secret.
    throw new CommandError(`${name} is not JSON; ${howToCreate}`);
  }
}

function checked(outputs: unknown, name: string): ProvableStack {
  const result = check(provableStack, outputs);
  if ("data" in result) return result.data;
  throw new CommandError(
    problemList(
      `${name} does not contain the outputs of a stack of this project; ${howToCreate}`,
      result.problems.map(({ text: words }) => words),
    ),
  );
}

const howToCreate = "create it with `pulumi stack output --json`";
