import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { DeploymentError } from "../local/deployment/deployment";
import type { Evaluated } from "./evaluation";
import type { ReviewedResource } from "./resources";

/**
 * The resources that a stack's program wants, as at a first deployment: without a CLI, credentials or network. The program
 * runs in a process of its own.
 *
 * @throws DeploymentError when the program or its settings are wrong
 */
export async function evaluateOffline(projectFolder: string, stack: string): Promise<ReviewedResource[]> {
  const program = fork(path.join(__dirname, "evaluation.ts"), [projectFolder, stack], {
    cwd: projectFolder,
    execArgv: ["--import", "tsx"],
    // As the CLI's language host says it to a program: where the paths in the settings are written from.
    env: { ...process.env, PULUMI_NODEJS_ROOT_DIRECTORY: projectFolder },
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  program.stderr?.on("data", (chunk: Buffer) => (said += chunk));
  const messages: Evaluated[] = [];
  program.on("message", (evaluated: Evaluated) => messages.push(evaluated));
  const [code, signal] = (await once(program, "close")) as [number | null, string | null];
  const [evaluated] = messages;
  if (evaluated && "resources" in evaluated) return evaluated.resources;
  throw new DeploymentError(
    stack,
    evaluated?.problems ?? [`the program ended with ${signal ?? `exit code ${code}`}`, said.trim()].filter(Boolean),
  );
}
