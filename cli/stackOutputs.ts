import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { provableStack } from "@microservice-identities/proof/directory";
import { CommandError } from "./command";
import { projectFolder } from "./projectFolder";

/** Reads outputs that `pulumi stack output --json` wrote. @param file `-` is standard input */
export async function outputsIn(file: string): Promise<unknown> {
  const name = file === "-" ? "standard input" : file;
  let outputs: unknown;
  try {
    outputs = JSON.parse(file === "-" ? await text(process.stdin) : await readFile(file, "utf8"));
  } catch (error) {
    throw new CommandError(`cannot read the stack's outputs from ${name}: ${(error as Error).message}`);
  }
  return checked(outputs, name);
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
        ? "there is no Pulumi CLI on the PATH to read the stack's outputs with: pass them with --outputs <file>"
        : `stack ${stack}: ${stderr?.trim() || message}`,
    );
  }
  return checked(JSON.parse(json), `stack ${stack}`);
}

function checked(outputs: unknown, name: string): unknown {
  const parsed = provableStack.safeParse(outputs);
  if (parsed.success) return outputs;
  const [issue] = parsed.error.issues;
  throw new CommandError(
    `${name} does not contain the outputs of a stack of this project: ${issue?.path.join(".") || "it"}: ${issue?.message}. Create it with \`pulumi stack output --json\``,
  );
}
