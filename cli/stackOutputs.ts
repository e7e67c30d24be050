import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { provableStack } from "@microservice-identities/proof/directory";
import { reasonOf } from "@microservice-identities/validation/files";
import { check, problemList } from "@microservice-identities/validation/problems";
import { CommandError } from "./command";
import { projectFolder } from "./projectFolder";

/** Reads outputs that `pulumi stack output --json` wrote. @param file `-` is standard input */
export async function outputsIn(file: string): Promise<unknown> {
  const name = file === "-" ? "standard input" : file;
  const json = await (file === "-" ? text(process.stdin) : readFile(file, "utf8")).catch((error: Error) => {
    throw new CommandError(`cannot read the stack's outputs from ${name}: ${reasonOf(error)}`);
  });
  return checked(parsed(json, name), name);
}

/** Asks the Pulumi CLI. */
export async function outputsOfStack(stack: string): Promise<unknown> {
  let json: string;
  try {
    ({ stdout: json } = await promisify(execFile)("pulumi", ["stack", "output", "--json", "--stack", stack], {
      cwd: projectFolder,
      maxBuffer: 256 * 2 ** 20,
    }));
  } catch (error) {
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    throw new CommandError(
      code === "ENOENT"
        ? "there is no Pulumi CLI on the PATH to read the stack's outputs: pass them with --outputs <file>"
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

function checked(outputs: unknown, name: string): unknown {
  const result = check(provableStack, outputs);
  if ("data" in result) return outputs;
  throw new CommandError(
    problemList(
      `${name} does not contain the outputs of a stack of this project; ${howToCreate}`,
      result.problems.map(({ text: words }) => words),
    ),
  );
}

const howToCreate = "create it with `pulumi stack output --json`";
