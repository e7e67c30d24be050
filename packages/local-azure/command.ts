#!/usr/bin/env tsx

// The first import, because it generates a key in the background while the other modules are loaded.
import "./entra/earlyKeyPair";

import type { CloudName } from "@microservice-identities/well-known/clouds";
import { Command } from "commander";
import { faultPlan } from "./faultPlan";
import { connectionText, keepRunning } from "./keepRunning";
import { startLocalAzure } from "./localAzure";
import { readOptionFile } from "./optionFile";
import { policyFile } from "./policies/policies";
import { cloudOption, folderOption, portOption } from "./runningOptions";
import { seedFile } from "./seed";
import { StartError } from "./startError";
import { StateFolder } from "./stateFolder";

interface Options {
  readonly port: number;
  readonly folder: string;
  readonly faults?: string;
  readonly policies?: string;
  readonly seed?: string;
  readonly state?: string;
  readonly cloud: CloudName;
}

async function run({ port, folder, ...files }: Options): Promise<void> {
  try {
    const faults = files.faults === undefined ? {} : readOptionFile("--faults", files.faults, faultPlan);
    const policies =
      files.policies === undefined ? undefined : readOptionFile("--policies", files.policies, policyFile);
    const kept = files.state === undefined ? undefined : new StateFolder(files.state);
    const state = kept?.read();
    // The seed is already part of a kept state.
    const seed = files.seed === undefined || state ? undefined : readOptionFile("--seed", files.seed, seedFile);
    const start = () =>
      startLocalAzure({
        port,
        faults,
        policies,
        cloud: files.cloud,
        ...(state ? { state } : {}),
        ...(seed ? { seed } : {}),
      });
    const keep = kept && ((bytes: Uint8Array) => kept.write(bytes));
    await keepRunning({ port, folder, start, keep }, async ({ azure, connection, stopped }) => {
      for (const [name, variables] of azure.seeded) await connection.writeService(name, variables);
      if (!stopped.aborted) console.log(`${connectionText(azure, folder)}\n`);
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Only unexpected errors need a stack trace.
    console.error(`\n${error instanceof StartError ? error.message : error.stack}`);
    process.exitCode = 2;
  }
}

const help = {
  does: "Runs a local Azure on loopback until Ctrl+C: Entra, Microsoft Graph, Resource Manager, Key Vault and managed identities. It is empty, unless --seed or --state fills it.",
  after:
    "\nExit codes:\n  0  stopped\n  2  it could not start\n\nExample:\n  local-azure --port 8443 --folder .local-azure",
};

new Command("local-azure")
  .description(help.does)
  .helpOption("-h, --help", "show this help")
  .configureHelp({ helpWidth: 80 })
  .addHelpText("after", help.after)
  .showHelpAfterError("`local-azure --help` lists the options.")
  .addOption(portOption)
  .addOption(folderOption)
  .addOption(cloudOption)
  .option("--seed <file>", "a YAML file with applications, identities and vaults to begin with: see the README")
  .option(
    "--state <folder>",
    "the folder where the state is saved on exit and loaded at the next start: it contains secrets",
  )
  .option("--policies <file>", "a YAML file with the rules that Azure Policy enforces: see the README")
  .option("--faults <file>", "a YAML file with the faults to inject: see the README")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(run)
  .parse();
