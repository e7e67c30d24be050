import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { typescript } from "@microservice-identities/engine/scriptProcess";
import { inParallel } from "@microservice-identities/proof/inParallel";
import { outputsOfStack } from "./stackOutputs";
import type { DeploymentChoices } from "./up";

/**
 * Deploys several stacks, each in a process of its own that runs `npm run up` for it. Then it deploys again the stacks with calls
 * that were not granted because the stack of the API did not exist yet, and those that failed although another stack succeeded:
 * they may call an API that only now allows it.
 *
 * @param atOnce how many stacks are deployed at the same time
 * @returns the highest exit code of all
 */
export async function upSideBySide(
  stacks: readonly string[],
  atOnce: number,
  choices: DeploymentChoices,
): Promise<number> {
  const deployed = (names: readonly string[]) =>
    inParallel(names, async (name) => ({ name, code: await upInProcess(name, choices) }), { parallel: atOnce });
  const codes = new Map<string, number>();
  const record = (results: readonly { name: string; code: number }[]) => {
    for (const { name, code } of results) codes.set(name, code);
  };
  record(await deployed(stacks));
  if (!choices.dryRun) {
    const successful = stacks.filter((name) => codes.get(name) === 0);
    const failed = successful.length === 0 ? [] : stacks.filter((name) => codes.get(name) !== 0);
    record(await deployed([...(await withPendingCalls(successful)), ...failed]));
  }
  console.log(`\n${stacks.map((name) => `${name}: ${meanings[codes.get(name) ?? 2] ?? meanings[2]}`).join("\n")}`);
  return Math.max(...codes.values());
}

const meanings: Readonly<Record<number, string>> = {
  0: "as declared",
  1: "the deployment failed",
  2: "it could not start",
};

async function withPendingCalls(stacks: readonly string[]): Promise<string[]> {
  const pending = await inParallel(stacks, async (name) => {
    const { pendingCalls = [] } = await outputsOfStack(name);
    return pendingCalls.length > 0 ? [name] : [];
  });
  return pending.flat();
}

/** Each line of its output begins with the name of the stack. @returns its exit code; 1 if a signal ended it */
async function upInProcess(stack: string, choices: DeploymentChoices): Promise<number> {
  const { policyPack, policyPackConfig, parallel, skipPreflight, dryRun } = choices;
  const options = [
    ...(policyPack ? ["--policy-pack", ...policyPack] : []),
    ...(policyPackConfig ? ["--policy-pack-config", ...policyPackConfig] : []),
    ...(parallel === undefined ? [] : ["--parallel", `${parallel}`]),
    ...(skipPreflight ? ["--skip-preflight"] : []),
    ...(dryRun ? ["--dry-run"] : []),
  ];
  const program = path.join(__dirname, "up.ts");
  const child = spawn(process.execPath, [...typescript, program, "--stack", stack, ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, forward);
  prefixed(child.stdout, process.stdout, stack);
  prefixed(child.stderr, process.stderr, stack);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return code ?? 1;
  } finally {
    for (const signal of signals) process.off(signal, forward);
  }
}

function prefixed(from: Readable, to: Writable, stack: string): void {
  createInterface({ input: from }).on("line", (line) => to.write(`${stack}: ${line}\n`));
}
