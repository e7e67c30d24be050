import { execFile } from "node:child_process";
import { copyFile, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { DeploymentError, type DeploymentResult } from "@microservice-identities/engine/deployment/stack";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import type { FaultPlan } from "@microservice-identities/local-azure/faults";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { proveOnLocalAzure } from "@microservice-identities/proof/proveOnLocalAzure";
import { differencesOf } from "@microservice-identities/proof/report";
import { pulumiWithAzure } from "@microservice-identities/test-support/azureNative/onPath";
import { ownObjects } from "@microservice-identities/test-support/ownObjects";
import { shopProject } from "@microservice-identities/test-support/project";
import { converge } from "../../cli/adoption/converge";
import { localTenant } from "../../cli/adoption/localTenant";
import { atLeast, CommandError, command, exitCodeOf, runIfProgram } from "../../cli/command";
import { localConfig, readFaults } from "../../cli/deployingCommand";
import { provedApiModule } from "../../cli/provedApiModule";

interface KillOptions {
  readonly every: number;
  readonly first: number;
  readonly parallel: number;
  readonly faults?: string;
}

/** Graph shows new objects late, and returns stale data. */
const lateGraph: FaultPlan = { replicationSeconds: 2, staleReadSeconds: 1.5 };

/**
 * Deploys the shop with the Pulumi CLI, kills the CLI and its providers at the first request, the 11th, the 21st and so on, and
 * then does the same as a pipeline: `pulumi cancel` and `npm run up`. After that there must be exactly the same objects as after
 * an undisturbed deployment, and the proof must find no difference.
 *
 * Exit codes: 0: every run ended as declared; 1: a run did not; 2: could not run.
 */
async function killed({ every, first, parallel, faults: faultFile }: KillOptions): Promise<number> {
  if (pulumiWithAzure() === undefined) throw new CommandError("there is no Pulumi CLI on the PATH to kill");
  const faults = faultFile === undefined ? lateGraph : readFaults(faultFile);
  const project = await shopProject();
  try {
    const wanted = await evaluateOffline(project, "dev");
    const undisturbed = await runOnce({ project, wanted, faults });
    console.log(`undisturbed: ${JSON.stringify(undisturbed.objects)}`);
    let [next, over, runs, wrong] = [first, false, 0, 0];
    const worker = async () => {
      while (!over) {
        const at = next;
        next += every;
        const { wasKilled, objects, differences } = await runOnce({ project, wanted, faults, killAt: at });
        over ||= !wasKilled;
        if (!wasKilled) continue;
        runs++;
        const isRight = differences.length === 0 && JSON.stringify(objects) === JSON.stringify(undisturbed.objects);
        if (!isRight) wrong++;
        const found = isRight ? "" : `, ${JSON.stringify(objects)}, ${differences.join("; ") || "no differences"}`;
        console.log(`killed at request ${at}: ${isRight ? "as declared" : "WRONG"}${found}`);
      }
    };
    await Promise.all(Array.from({ length: parallel }, worker));
    console.log(`\n${runs} deployments were killed, and ${runs - wrong} of them ended as declared after the next`);
    return wrong === 0 ? 0 : 1;
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}

interface KilledRun {
  readonly project: string;
  readonly wanted: readonly EvaluatedResource[];
  readonly faults: FaultPlan;
  /** The request at which the first deployment is killed. Default: none. */
  readonly killAt?: number;
}

async function runOnce({ project, wanted, faults, killAt }: KilledRun) {
  const azure = await startLocalAzure();
  const tenant = await localTenant(azure);
  const stack = await PulumiCliStack.create({ azure, projectFolder: project, stack: "dev" });
  try {
    const config = localConfig(azure);
    // Set after the sign-in above, so that only the CLI's own requests count.
    const killing = { kind: "slow" as const, seconds: 0, from: killAt ?? 1, times: 1 };
    azure.faults.set({ ...faults, faults: killAt === undefined ? [] : [killing] });
    const wasKilled = killAt !== undefined && (await killDuringDeployment(stack, azure, config));
    if (wasKilled) {
      await restoreCheckpoint(stack.folder ?? "");
      await stack.cancel();
    }
    const { outputs } = await converge(stack, { config, wanted, tenant });
    const proof = await proveOnLocalAzure(azure, outputs, { apiModule: provedApiModule });
    return { wasKilled, objects: objectsIn(azure), differences: differencesOf(proof) };
  } finally {
    await stack.dispose();
    await tenant.close();
    await azure.close();
  }
}

/** @returns whether the deployment was killed before its end */
async function killDuringDeployment(
  stack: PulumiCliStack,
  azure: LocalAzure,
  config: Readonly<Record<string, string>>,
): Promise<boolean> {
  let isOver = false;
  const deployment: Promise<DeploymentResult | undefined> = stack
    .up({ config })
    .catch((error: unknown) => {
      if (!(error instanceof DeploymentError)) throw error;
      return undefined;
    })
    .finally(() => {
      isOver = true;
    });
  const isDue = () => azure.faults.events.some(({ kind }) => kind === "slow");
  while (!isOver && !isDue()) await delay(5);
  const isKilled = !isOver;
  if (isKilled) await killWithChildren(stack.folder ?? "");
  await deployment;
  return isKilled;
}

/** Sends SIGKILL to the CLI that uses a backend folder, and to all processes that it started. */
async function killWithChildren(folder: string): Promise<void> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,ppid=,comm="]);
  const processes = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, name]) => ({ pid: Number(pid), parent: Number(parent), name }));
  const childrenOf = (pid: number): number[] =>
    processes.filter(({ parent }) => parent === pid).flatMap((child) => [...childrenOf(child.pid), child.pid]);
  for (const { pid, name } of processes.filter(({ parent }) => parent === process.pid)) {
    if (name !== "pulumi") continue;
    const environment = await readFile(path.join("/proc", `${pid}`, "environ"), "utf8").catch(() => "");
    if (!environment.includes(`PULUMI_BACKEND_URL=file://${folder}\0`)) continue;
    for (const each of [pid, ...childrenOf(pid)]) {
      try {
        process.kill(each, "SIGKILL");
      } catch {
        // The process has already ended together with its parent.
      }
    }
  }
}

/** A CLI that is killed while it writes to a file backend may leave an empty checkpoint: see docs/operations.md. */
async function restoreCheckpoint(folder: string): Promise<void> {
  const checkpoint = path.join(folder, ".pulumi/stacks/microservice-identities/dev.json");
  if ((await stat(checkpoint)).size > 0) return;
  console.log("the checkpoint is empty: the one before it is restored");
  await copyFile(`${checkpoint}.bak`, checkpoint);
}

/** The names of the applications, and the numbers of the other objects. */
function objectsIn(azure: LocalAzure) {
  const { applications, principals, assignments, passwords } = ownObjects(azure);
  const { identities, vaults, groups } = azure.subscription;
  return {
    applications: applications.map(({ displayName }) => displayName).sort(),
    principals: principals.length,
    assignments: assignments.length,
    passwords: passwords.length,
    identities: identities.size,
    vaults: vaults.size,
    groups: groups.size,
  };
}

export const killedCommand = command("test:killed", {
  does: "Kills deployments of the shop by the Pulumi CLI, each one at a later request, deploys again, and checks that everything is as declared. It runs on Linux, and needs the Pulumi CLI on the PATH.",
  exitCodes: {
    0: "every second deployment ended as declared",
    1: "a second deployment did not end as declared",
    2: "it could not run",
  },
  example: "npm run test:killed -- --every 50",
})
  .option("-e, --every <count>", "how many requests later to kill each further deployment", atLeast(1), 10)
  .option("-f, --first <count>", "the request at which to kill the first deployment", atLeast(1), 1)
  .option("-p, --parallel <count>", "how many deployments to run at the same time", atLeast(1), 2)
  .option(
    "--faults <file>",
    "a YAML file with the faults that the local Azure injects: docs/faults.md (default: Microsoft Graph shows new objects after 2 s and changes after 1.5 s)",
  )
  .action((options: KillOptions) => exitCodeOf(killed(options)));
runIfProgram(__filename, killedCommand);
