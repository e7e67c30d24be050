import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { DeploymentError, type StateResource } from "@microservice-identities/engine/deployment/stack";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { SignedInTenant, TenantError } from "./adoption/tenant";
import { CommandError, command, exitCodeOf, runIfProgram, stackOption } from "./command";
import { exitCodeFor, preflight, preflightText } from "./preflight/preflight";
import { projectFolder } from "./projectFolder";
import { environmentIn } from "./stackCloud";

interface PreflightOptions {
  readonly stack: string;
  readonly json?: true;
}

async function run({ stack, json }: PreflightOptions): Promise<number> {
  const wanted = await evaluateOffline(projectFolder, stack);
  const tenant = await SignedInTenant.signIn(environmentIn(wanted, process.env)).catch((error: Error) => {
    throw error instanceof TenantError ? new CommandError(error.message) : error;
  });
  const outcome = await preflight({ stack, wanted, tenant, state: await stateOf(stack) });
  console.log(json ? JSON.stringify({ stack, ...outcome }, null, 2) : preflightText(outcome));
  return exitCodeFor(outcome);
}

/** The stack's resources; `undefined` without a CLI, or before the stack exists. */
async function stateOf(stack: string): Promise<readonly StateResource[] | undefined> {
  if (findPulumiCli() === undefined) return undefined;
  try {
    return await (await PulumiCliStack.ofProject(projectFolder, stack)).resources();
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    console.error(`The state was not read: ${error.message}`);
    return undefined;
  }
}

export const preflightCommand = command("preflight", {
  does: "Checks a stack against the quotas, limits and policies of the tenant and the subscription, before a deployment changes anything. It changes nothing. It signs in with ARM_CLIENT_ID, ARM_CLIENT_SECRET and ARM_TENANT_ID, or with the Azure CLI; ARM_SUBSCRIPTION_ID selects the subscription. If there is a Pulumi CLI on the PATH, it also reads the stack's state.",
  exitCodes: { 0: "passed", 1: "the deployment would fail", 2: "something could not be checked" },
  example: "npm run preflight -- --stack dev",
})
  .addOption(stackOption().makeOptionMandatory())
  .option("--json", "print JSON")
  .action((options: PreflightOptions) => exitCodeOf(run(options)));
runIfProgram(__filename, preflightCommand);
