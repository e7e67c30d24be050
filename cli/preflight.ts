import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { DeploymentError, type StateResource } from "@microservice-identities/engine/deployment/stack";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { SignedInTenant, TenantError } from "./adoption/tenant";
import { CommandError, command, exitCodeOf } from "./command";
import { exitCodeFor, preflight, preflightText } from "./preflight/preflight";
import { projectFolder } from "./projectFolder";

interface PreflightOptions {
  readonly stack: string;
  readonly json?: true;
}

async function run({ stack, json }: PreflightOptions): Promise<number> {
  const wanted = await evaluateOffline(projectFolder, stack);
  const tenant = await SignedInTenant.signIn(process.env).catch((error: Error) => {
    throw error instanceof TenantError ? new CommandError(error.message) : error;
  });
  const outcome = await preflight({ stack, wanted, tenant, state: await stateOf(stack) });
  console.log(json ? JSON.stringify({ stack, ...outcome }, null, 2) : preflightText(outcome));
  return exitCodeFor(outcome);
}

/** `undefined` where there is no CLI to read it with, or no such stack yet. */
async function stateOf(stack: string): Promise<readonly StateResource[] | undefined> {
  if (findPulumiCli() === undefined) return undefined;
  try {
    return await (await PulumiCliStack.ofProject(projectFolder, stack)).resources();
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    console.error(`The state is not looked into: ${error.message}`);
    return undefined;
  }
}

command(
  "preflight",
  "Checks a stack against the quotas, limits and policies of the tenant and the\nsubscription, before anything is changed. It only reads.\nSigns in by ARM_CLIENT_ID, ARM_CLIENT_SECRET and ARM_TENANT_ID, or by the Azure CLI;\nARM_SUBSCRIPTION_ID says where. Where there is a pulumi CLI, it reads the state too.\nExit codes: 0 passed, 1 something would fail, 2 something could not be checked.",
)
  .requiredOption("-s, --stack <name>", "the stack, with its settings in Pulumi.<name>.yaml")
  .option("--json", "write JSON")
  .action((options: PreflightOptions) => exitCodeOf(run(options)))
  .parse();
