import { createInterface } from "node:readline/promises";
import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { DeploymentError, type StateResource } from "@microservice-identities/engine/deployment/stack";
import { InvalidArgumentError } from "commander";
import { findPurgeable } from "./adoption/purge";
import { SignedInTenant, TenantError } from "./adoption/tenant";
import { CommandError, command, exitCodeOf, runIfProgram, stackOption } from "./command";
import { projectFolder } from "./projectFolder";

interface PurgeOptions {
  readonly stack: string;
  readonly mark?: string;
  readonly yes?: true;
  readonly dryRun?: true;
}

async function purge({ stack, mark, yes, dryRun }: PurgeOptions): Promise<number> {
  const state = await stateOf(stack, mark);
  const found = await SignedInTenant.signIn(process.env)
    .then((tenant) => findPurgeable(tenant, { state, mark }))
    .catch((error: Error) => {
      throw error instanceof TenantError ? new CommandError(error.message) : error;
    });
  if (found.length === 0) {
    console.log(`Stack ${stack} has no deleted objects to purge.`);
    return 0;
  }
  console.log(found.map(({ what }) => `${dryRun ? "would purge" : "purges"} ${what}`).join("\n"));
  if (dryRun) return 0;
  if (
    !yes &&
    !(await isConfirmed(`Permanently remove these ${found.length} objects? They cannot be restored. Type yes: `))
  )
    throw new CommandError("nothing was purged; in a pipeline, confirm with --yes");
  for (const { purge: carryOut } of found) await carryOut();
  console.log(`Purged ${found.length} objects.`);
  return 0;
}

/** With a mark, the state is not needed: it may be gone together with the stack. */
async function stateOf(stack: string, mark: string | undefined): Promise<readonly StateResource[]> {
  if (mark !== undefined && findPulumiCli() === undefined) return [];
  if (findPulumiCli() === undefined)
    throw new CommandError(
      "there is no Pulumi CLI on the PATH to read the state with: pass the stack's mark with --mark",
    );
  try {
    return await (await PulumiCliStack.ofProject(projectFolder, stack)).resources();
  } catch (error) {
    if (error instanceof DeploymentError && mark !== undefined) return [];
    throw error;
  }
}

async function isConfirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(question)).trim() === "yes";
  } finally {
    terminal.close();
  }
}

function guid(given: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(given)) return given;
  throw new InvalidArgumentError("Allowed: a GUID, as in the tag pulumi-stack:<mark>.");
}

export const purgeCommand = command("purge", {
  does: "Removes the deleted registrations and service principals of a stack permanently. Entra keeps them for 30 days, and they count against the quota of the identity that created them. It removes only objects that have the stack's mark or that the stack's state names. It signs in as `npm run preflight` does.",
  exitCodes: { 0: "purged, or there was nothing to purge", 2: "it could not run" },
  example: "npm run purge -- --stack dev --dry-run",
})
  .addOption(stackOption().makeOptionMandatory())
  .option("-m, --mark <guid>", "the stack's mark, if its state is empty: the tag pulumi-stack:<mark>", guid)
  .option("-y, --yes", "do not ask before the removal")
  .option("--dry-run", "only list what would be purged")
  .action((options: PurgeOptions) => exitCodeOf(purge(options)));
runIfProgram(__filename, purgeCommand);
