#!/usr/bin/env tsx
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { parse } from "yaml";
import { z } from "zod";
import { type FaultPlan, faultPlan } from "./faults";
import { connectionText, keepRunning } from "./keepRunning";
import { startLocalAzure } from "./localAzure";
import { folderOption, portOption } from "./runningOptions";
import { StartError } from "./startError";

interface Options {
  readonly port: number;
  readonly folder: string;
  readonly faults?: string;
}

async function run({ port, folder, faults: file }: Options): Promise<void> {
  try {
    const faults = file === undefined ? {} : faultsIn(file);
    await keepRunning({ port, folder, start: () => startLocalAzure({ port, faults }) }, async ({ azure, stopped }) => {
      if (!stopped.aborted) console.log(`${connectionText(azure, folder)}\n`);
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // A stack trace helps only with what nobody foresaw.
    console.error(`\n${error instanceof StartError ? error.message : error.stack}`);
    process.exitCode = 2;
  }
}

/** @throws StartError that names everything wrong with the file */
function faultsIn(file: string): FaultPlan {
  try {
    return faultPlan.parse(parse(readFileSync(file, "utf8")));
  } catch (error) {
    const problem = error instanceof z.ZodError ? `is wrong:\n${z.prettifyError(error)}` : (error as Error).message;
    throw new StartError(`--faults: ${file}: ${problem}`);
  }
}

new Command("local-azure")
  .description(
    "Runs an empty local Azure on loopback until it is stopped: Entra, Microsoft Graph, Resource Manager, Key Vault and managed identities.\nExit codes: 0 stopped, 2 could not start.",
  )
  .addOption(portOption)
  .addOption(folderOption)
  .option("--faults <file>", "a YAML file with the faults to inject; see the README")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(run)
  .parse();
