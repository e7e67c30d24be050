import { rm } from "node:fs/promises";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import type { StackState } from "@microservice-identities/engine/deployment/stackState";
import { startTestAzure, type TestAzure } from "./azure";
import { projectWith, writeLandscape, writeSettings } from "./project";

type Program = () => Promise<unknown>;

const services = {
  api: { description: "An API.", appRoles: { "Things.Read": { description: "Read things." } } },
  caller: {
    description: "A caller.",
    appRoles: {},
    calls: { api: { roles: ["Things.Read"], because: "It shows things." } },
  },
};

/** A project with two services and a call between them, and a local Azure to deploy it onto. */
export interface DeployedPair {
  readonly azure: TestAzure;
  readonly folder: string;
  readonly config: Readonly<Record<string, string>>;
  /** @param state what earlier deployments left. Default: nothing */
  stack(state?: StackState): BuiltInStack;
  close(): Promise<void>;
}

/** @param clock milliseconds. Default: the machine's */
export async function deployedPair(program: Program, date: string, clock?: () => number): Promise<DeployedPair> {
  const folder = await projectWith({});
  await writeLandscape(folder, "pair", { services });
  const settings = {
    location: "westeurope",
    landscapeFile: path.join(folder, "pair.yaml"),
    rotation: { since: "2026-11-01", periodDays: 90, validityDays: 180, overlapDays: 14 },
    vault: { retentionDays: 7, purgeProtection: false },
  };
  const entries = Object.entries(settings).map(([key, value]) => [`microservice-identities:${key}`, value]);
  await writeSettings(folder, "dev", Object.fromEntries(entries));
  const azure = await startTestAzure(clock ? { clock } : {});
  return {
    azure,
    folder,
    config: { date },
    stack: (state) => new BuiltInStack({ azure: azure.azure, projectFolder: folder, stack: "dev" }, program, state),
    async close() {
      await azure.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
