import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { DeploymentError, type Stack } from "@microservice-identities/engine/deployment/stack";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { Option } from "commander";
import { converge } from "./adoption/converge";
import { describeTakeOver, findLeftovers, type Leftovers } from "./adoption/leftovers";
import { SignedInTenant, TenantError } from "./adoption/tenant";
import { atLeast, CommandError, command, exitCodeOf, requiredStacksOption, runIfProgram } from "./command";
import { preflight, preflightText } from "./preflight/preflight";
import { projectFolder } from "./projectFolder";
import { environmentIn } from "./stackCloud";
import { upSideBySide } from "./upSideBySide";

interface UpOptions extends DeploymentChoices {
  readonly stack: readonly string[];
  readonly atOnce: number;
}

/** The options that apply to each stack. */
export interface DeploymentChoices {
  readonly policyPack?: string[];
  readonly policyPackConfig?: string[];
  readonly parallel?: number;
  readonly dryRun?: true;
  readonly skipPreflight?: true;
}

/** Exit codes: 0 as declared, 1 the deployment failed, 2 it could not start. */
async function up({ stack, atOnce, ...options }: UpOptions): Promise<number> {
  if (findPulumiCli() === undefined)
    throw new CommandError("there is no Pulumi CLI on the PATH: install it (https://www.pulumi.com/docs/install/)");
  const [name, ...others] = [...new Set(stack)];
  if (name === undefined || others.length > 0) return upSideBySide([...new Set(stack)], atOnce, options);
  return upOne(name, options);
}

async function upOne(
  name: string,
  { parallel, dryRun, skipPreflight, ...policies }: DeploymentChoices,
): Promise<number> {
  const onOutput = (text: string) => process.stdout.write(text);
  const wanted = await evaluateOffline(projectFolder, name);
  // The CLI and its providers inherit it.
  Object.assign(process.env, environmentIn(wanted, process.env));
  const tenant = await SignedInTenant.signIn(process.env).catch((error: Error) => {
    throw error instanceof TenantError ? new CommandError(error.message) : error;
  });
  const stack = await PulumiCliStack.ofProject(projectFolder, name, {
    policyPacks: policies.policyPack,
    policyPackConfigs: policies.policyPackConfig,
    parallel,
    onOutput,
  });
  if (!skipPreflight) {
    const outcome = await preflight({ stack: name, wanted, tenant, state: await stack.resources() });
    console.log(preflightText(outcome));
    // Parts that could not be checked do not stop the deployment: they may succeed.
    if (outcome.findings.length > 0) {
      console.error("\nNothing has been changed. --skip-preflight deploys anyway.");
      return 2;
    }
  }
  if (dryRun) return dryRunOf(stack, await findLeftovers(wanted, await stack.resources(), tenant));
  try {
    const { operations } = await converge(stack, { wanted, tenant, onNote: (line) => console.log(`== ${line}`) });
    const { same: _, ...changes } = operations;
    const counts = Object.entries(changes).map(([operation, count]) => `${count} ${operation}`);
    console.log(`\nStack ${name} is as declared. The last deployment: ${counts.join(", ") || "no changes"}.`);
    return 0;
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    // The CLI has already printed the cause.
    console.error(`\n${error.message}\nCorrect the cause and run the same command again: it continues from here.`);
    return 1;
  }
}

async function dryRunOf(stack: Stack, { recover, takeOver, remove }: Leftovers): Promise<number> {
  await stack.preview();
  const lines = [
    ...recover.map(({ what }) => `would recover ${what}`),
    ...takeOver.map((existing) => `would take over ${describeTakeOver(existing)}`),
    ...remove.map(({ what }) => `would remove ${what}`),
  ];
  console.log(`\n${lines.length === 0 ? "Earlier deployments have left nothing behind." : lines.join("\n")}`);
  return 0;
}

export const upCommand = command("up", {
  does: "Deploys a stack with the Pulumi CLI until it is as declared, or several stacks at the same time. It first checks quotas, limits and policies, as `npm run preflight` does. An interrupted deployment can leave resources that the state does not contain: this command takes them over or removes them, recovers deleted vaults, and deploys again. It changes only resources that have the stack's own mark.",
  exitCodes: { 0: "as declared", 1: "the deployment failed", 2: "it could not start" },
  example: "npm run up -- --stack dev --dry-run",
})
  .addOption(requiredStacksOption().makeOptionMandatory())
  .addOption(
    new Option("--at-once <count>", "how many stacks to deploy at the same time").argParser(atLeast(1)).default(4),
  )
  .option("--policy-pack <folders...>", "policy packs that the deployment must pass")
  .option("--policy-pack-config <files...>", "for each policy pack, a file that changes how its policies are enforced")
  .option("-p, --parallel <count>", "how many resources to process at the same time", atLeast(1))
  .option("--skip-preflight", "do not check quotas, limits and policies first")
  .option("--dry-run", "only show a preview, and what would be taken over or removed")
  .action((options: UpOptions) => exitCodeOf(up(options)));
runIfProgram(__filename, upCommand);
