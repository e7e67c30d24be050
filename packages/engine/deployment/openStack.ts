import { accessSync, constants } from "node:fs";
import path from "node:path";
import type * as builtInEngine from "./builtInEngine";
import type * as pulumiCli from "./pulumiCli";
import { DeploymentError, type Stack, type StackOptions } from "./stack";

/** `auto`: the Pulumi CLI if there is one on the PATH, otherwise the built-in engine. */
export const engineChoices = ["auto", "pulumi", "built-in"] as const;
export type EngineChoice = (typeof engineChoices)[number];

/** @throws DeploymentError if a CLI is requested and there is none */
export async function openStack(choice: EngineChoice, options: StackOptions): Promise<Stack> {
  const cli = choice === "built-in" ? undefined : findPulumiCli();
  // Loaded only when needed, so that `--help` is fast.
  if (cli) return (require("./pulumiCli") as typeof pulumiCli).PulumiCliStack.create(options);
  if (choice === "pulumi")
    throw new DeploymentError(options.stack, [
      "there is no Pulumi CLI on the PATH: install it (https://www.pulumi.com/docs/install/), or use --engine built-in",
    ]);
  return new (require("./builtInEngine") as typeof builtInEngine).BuiltInStack(options);
}

/** The path of the `pulumi` CLI on the PATH, if there is one. */
export function findPulumiCli(): string | undefined {
  const name = process.platform === "win32" ? "pulumi.exe" : "pulumi";
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter(Boolean);
  return folders.map((folder) => path.join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
