import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import type { DeploymentResult } from "@microservice-identities/engine/deployment/stack";
import type { FaultPlan } from "@microservice-identities/local-azure/faults";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { differencesOf } from "@microservice-identities/proof/report";
import { pulumiWithAzure } from "@microservice-identities/test-support/azureNative/onPath";
import { prove } from "@microservice-identities/test-support/proof";

/** The approximate response time of Microsoft Graph. */
const latencySeconds = 0.03;
const slowGraph: FaultPlan = { faults: [{ kind: "slow", seconds: latencySeconds, endpoint: "graph" }] };

/** Environment variables of the CLI. */
export type CliEnvironment = Readonly<Record<string, string>>;

/** What this project's pipelines set, so what its users get. */
export const pipelineEnvironment: CliEnvironment = { PULUMI_DIY_BACKEND_ZSTD: "true", PULUMI_PARALLEL: "24" };

/** The CLI's own default on two processors: four resources for each. */
export const cliDefaults: CliEnvironment = { PULUMI_PARALLEL: "8" };

/**
 * Writes the state once, at the end, instead of before and after each resource. Do not use it: if a deployment is killed, its
 * state is lost.
 */
export const stateWrittenOnce: CliEnvironment = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

/**
 * Without the azure-native plugin, the tests' own provider for Azure takes its place.
 *
 * @throws Error if there is no Pulumi CLI
 */
export function requireCli(): void {
  if (pulumiWithAzure()) return;
  throw new Error("there is no Pulumi CLI on the PATH; install it with the azuread and random plugins");
}

/** A stack that the Pulumi CLI deploys onto a local Azure, whose Graph answers after 30 ms. Default: as the pipelines do. */
export class MeasuredStack {
  /** How many registrations the tenant had before. */
  private readonly before: number;

  private constructor(
    readonly azure: LocalAzure,
    readonly stack: PulumiCliStack,
  ) {
    this.before = azure.tenant.applications.size;
  }

  static async in(
    azure: LocalAzure,
    folder: string,
    name = "bench",
    environment = pipelineEnvironment,
  ): Promise<MeasuredStack> {
    const options = { azure, projectFolder: folder, stack: name };
    return new MeasuredStack(azure, await PulumiCliStack.create(options, { environment }));
  }

  async up(config: Readonly<Record<string, string>> = {}): Promise<DeploymentResult> {
    return this.stack.up({ config: { authority: this.azure.authority, ...config } });
  }

  /** `pulumi up --refresh` on a day without changes. @throws Error if something changed */
  async refreshedUp(): Promise<void> {
    const always = this.stack.with({ alwaysRefresh: true });
    unchanged((await always.up({ config: { authority: this.azure.authority } })).operations);
  }

  /** @throws Error if anything is left, because then it would have done less than it should */
  async destroy(): Promise<void> {
    await this.stack.destroy();
    const { tenant, subscription } = this.azure;
    const left = tenant.applications.size - this.before + subscription.vaults.size + subscription.groups.size;
    if (left !== 0) throw new Error(`${left} registrations, vaults and resource groups are left after destroy`);
  }

  /** @returns how long a deployment takes, in seconds. It is proved afterwards, so that it cannot do less than it should */
  async provedUp(config: Readonly<Record<string, string>> = {}): Promise<number> {
    const begun = performance.now();
    const { outputs } = await this.up(config);
    const taken = (performance.now() - begun) / 1000;
    await this.proved(outputs);
    return taken;
  }

  /**
   * Two steps of the daily pipeline, on a day without changes: `pulumi refresh --preview-only`, and then a deployment.
   *
   * @throws Error if something changed
   */
  async quietDay(): Promise<void> {
    const drifted = await this.stack.drift();
    unchanged({ drifted, ...(await this.up()).operations });
  }

  /** Deploys as if it were this day, on which one service rotates. @throws Error if another number of secrets was created */
  async rotated(date: string): Promise<void> {
    const { operations } = await this.up({ date });
    if (operations.create !== 1) throw new Error(`${operations.create} resources were created on ${date}, not one`);
  }

  /** @returns the size of the file with the state, in MB. @throws Error if its compression is not as expected */
  async stateFile(isCompressed: boolean): Promise<number> {
    const folder = path.join(this.stack.folder ?? "", ".pulumi", "stacks");
    const files = await readdir(folder, { recursive: true });
    const [file, ...others] = files.filter((name) => /\.json(\.zst)?$/.test(name));
    if (file === undefined || others.length > 0 || file.endsWith(".zst") !== isCompressed)
      throw new Error(`the state should ${isCompressed ? "" : "not "}be compressed, but there is ${files.join(", ")}`);
    return (await stat(path.join(folder, file))).size / 1e6;
  }

  /** @throws Error if the deployment differs from the declaration: then the measurement would cover too little work */
  async proved(outputs: DeploymentResult["outputs"]): Promise<void> {
    this.azure.faults.clear();
    const differences = differencesOf(await prove(this.azure, outputs));
    if (differences.length > 0) throw new Error(`${differences.length} differences: ${differences[0]}`);
    this.azure.faults.set(slowGraph);
  }
}

/**
 * Runs a function with its own local Azure, whose Graph answers after 30 ms, and with the given faults. Its deployer may create the
 * objects of more than 125 services, as an identity with a directory role may.
 */
export async function withSlowAzure<T>(work: (azure: LocalAzure) => Promise<T>, faults: FaultPlan = {}): Promise<T> {
  const azure = await startLocalAzure({ tenantSettings: { objectsPerCreator: 10_000 } });
  azure.faults.set({ ...faults, ...slowGraph });
  try {
    return await work(azure);
  } finally {
    await azure.close();
  }
}

/** The same, with one stack of a folder. */
export const withMeasuredStack = <T>(
  folder: string,
  work: (measured: MeasuredStack) => Promise<T>,
  environment?: CliEnvironment,
): Promise<T> =>
  withSlowAzure(async (azure) => {
    const measured = await MeasuredStack.in(azure, folder, "bench", environment);
    try {
      return await work(measured);
    } finally {
      await measured.stack.dispose();
    }
  });

function unchanged({ same: _, ...changes }: Readonly<Record<string, number>>): void {
  const changed = Object.values(changes).reduce((sum, count) => sum + count, 0);
  if (changed > 0) throw new Error(`${changed} resources changed on a day without changes`);
}
