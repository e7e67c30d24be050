import { builtInEngineName, deployWithBuiltInEngine } from "./builtInEngine";
import { DeploymentError, type DeploymentOptions, type DeploymentResult } from "./deployment";
import { findPulumiCli, PulumiCliStack } from "./pulumiCli";
import { StackState } from "./stackState";

/** `auto`: the Pulumi CLI when there is one on PATH, else the built-in engine. */
export const engineChoices = ["auto", "pulumi", "built-in"] as const;
export type EngineChoice = (typeof engineChoices)[number];

/** One stack on a local Azure, deployed as often as one likes by the same engine. */
export interface Deployer {
  /** As in `pulumi v3.259.0`. */
  readonly engine: string;
  /** @throws DeploymentError */
  up(onResource?: DeploymentOptions["onResource"]): Promise<DeploymentResult>;
  dispose(): Promise<void>;
}

/** @throws DeploymentError when a CLI is asked for and there is none */
export async function createDeployer(choice: EngineChoice, options: DeploymentOptions): Promise<Deployer> {
  const cli = choice === "built-in" ? undefined : await findPulumiCli();
  if (cli) return PulumiCliStack.create(options);
  if (choice === "pulumi")
    throw new DeploymentError(options.stack, [
      "there is no pulumi CLI on PATH: install it (https://www.pulumi.com/docs/install/), or use --engine built-in",
    ]);
  const state = options.state ?? new StackState();
  return {
    engine: builtInEngineName,
    up: (onResource) => deployWithBuiltInEngine({ ...options, state, onResource: onResource ?? options.onResource }),
    async dispose() {},
  };
}
