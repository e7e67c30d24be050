import { BuiltInStack } from "./builtInEngine";
import { type Deployer, DeploymentError, type StackOptions } from "./deployment";
import { findPulumiCli, PulumiCliStack } from "./pulumiCli";

/** `auto`: the Pulumi CLI when there is one on PATH, else the built-in engine. */
export const engineChoices = ["auto", "pulumi", "built-in"] as const;
export type EngineChoice = (typeof engineChoices)[number];

/** @throws DeploymentError when a CLI is asked for and there is none */
export async function createDeployer(choice: EngineChoice, options: StackOptions): Promise<Deployer> {
  const cli = choice === "built-in" ? undefined : findPulumiCli();
  if (cli) return PulumiCliStack.create(options);
  if (choice === "pulumi")
    throw new DeploymentError(options.stack, [
      "there is no pulumi CLI on PATH: install it (https://www.pulumi.com/docs/install/), or use --engine built-in",
    ]);
  return new BuiltInStack(options);
}
