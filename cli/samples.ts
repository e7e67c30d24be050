import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseEnv } from "node:util";
import { typescript } from "@microservice-identities/engine/scriptProcess";
import { command, exitCodeOf, runIfProgram } from "./command";
import { projectFolder } from "./projectFolder";
import { stopSignal } from "./stopSignal";

interface SamplesOptions {
  readonly usage?: string;
}

/** Starts the local Azure with the stack, and the two services, each as a process of its own. */
async function run({ usage }: SamplesOptions): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), "samples-"));
  const running: ChildProcess[] = [];
  // Not a `ScriptProcess`: a command sends no messages, it prints lines.
  const start = (name: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcess => {
    const script = path.join(projectFolder, "cli", `${name}.ts`);
    const child = spawn(process.execPath, [...typescript, script, ...args], {
      env,
      // This process receives Ctrl+C and stops the others in order.
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.stdout?.pipe(process.stdout, { end: false });
    running.push(child);
    return child;
  };
  const stopped = once(stopSignal(), "abort").then(() => "stopped" as const);
  const ended = (child: ChildProcess) => once(child, "exit").then(() => "ended" as const);
  try {
    const azure = start("local", ["--folder", folder]);
    const ready = await Promise.race([printed(azure, "The local Azure is ready."), ended(azure), stopped]);
    if (ready !== "printed") return ready === "stopped" ? 0 : 2;
    const recording = usage === undefined ? [] : ["--usage", path.resolve(usage, "usage.jsonl")];
    if (usage !== undefined) {
      await mkdir(usage, { recursive: true });
      await copyFile(path.join(folder, "state.json"), path.join(usage, "state.json"));
    }
    const environment = async (service: string) => ({
      ...process.env,
      ...parseEnv(await readFile(path.join(folder, "services", `${service}.env`), "utf8")),
    });
    const inventory = start("sample", ["inventory", ...recording], {
      ...(await environment("inventory")),
      SERVICE_PORT: "0",
    });
    const listening = await Promise.race([address(inventory), ended(inventory), stopped]);
    if (!listening.startsWith("https:")) return listening === "stopped" ? 0 : 2;
    const fulfillment = start("sample", ["fulfillment", "--inventory", listening, "--every", "1", ...recording], {
      ...(await environment("fulfillment")),
      SERVICE_PORT: "0",
    });
    return (await Promise.race([ended(fulfillment), ended(inventory), ended(azure), stopped])) === "stopped" ? 0 : 2;
  } finally {
    for (const child of running.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    await rm(folder, { recursive: true, force: true });
  }
}

/** Waits for a line of a program's output. */
async function printed(child: ChildProcess, words: string): Promise<"printed"> {
  await lineWith(child, new RegExp(words));
  return "printed";
}

const address = async (child: ChildProcess): Promise<string> =>
  (await lineWith(child, /Server listening at (https:\/\/127\.0\.0\.1:\d+)/)).replace("127.0.0.1", "localhost");

function lineWith(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = "";
  return new Promise((resolve) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk;
      const found = pattern.exec(text);
      if (found) resolve(found[1] ?? found[0]);
    });
  });
}

export const samplesCommand = command("samples", {
  does: "Starts a local Azure, deploys the dev stack onto it, and runs the sample services inventory and fulfillment until Ctrl+C.",
  exitCodes: { 0: "stopped", 2: "it could not start, or stopped unexpectedly" },
  example: "npm run samples",
})
  .option("--usage <folder>", "write the recorded use of roles, and the grants, to this folder: see docs/usage.md")
  .action((options: SamplesOptions) => exitCodeOf(run(options)));
runIfProgram(__filename, samplesCommand);
