import { setTimeout as delay } from "node:timers/promises";
import { consentPolicy } from "@microservice-identities/well-known/consentPolicy";
import { SignedInTenant, type TenantEditor, TenantError } from "./adoption/tenant";
import { CommandError, command, exitCodeOf, runIfProgram } from "./command";
import { changesOfConsentPolicy, type PolicyChange } from "./consentPolicy/consentPolicy";

interface ConsentPolicyOptions {
  readonly dryRun?: true;
}

async function run({ dryRun }: ConsentPolicyOptions): Promise<number> {
  try {
    const tenant = await SignedInTenant.signIn(process.env);
    const changes = await changesOfConsentPolicy(tenant);
    for (const { what } of changes) console.log(what);
    if (changes.length === 0) console.log(`The policy ${consentPolicy.id} is as declared.`);
    if (changes.length === 0 || dryRun) return 0;
    await carryOut(tenant, changes);
    console.log(`The policy ${consentPolicy.id} is now as declared.`);
    return 0;
  } catch (error) {
    if (!(error instanceof TenantError)) throw error;
    throw new CommandError(error.status === 403 ? `${error.message}\n${whoMay}` : error.message);
  }
}

const whoMay =
  "Let somebody with the directory role Privileged Role Administrator run this command, or an application with Policy.ReadWrite.PermissionGrant in Microsoft Graph.";

/** @throws CommandError if Entra does not show all changes after a minute */
export async function carryOut(tenant: TenantEditor, changes: readonly PolicyChange[]): Promise<void> {
  let left = changes;
  for (let pause = 1_000; left.length > 0; pause *= 2) {
    for (const { method, path, body } of left) await tenant.graph(method, `/v1.0/${path}`, body);
    left = await changesOfConsentPolicy(tenant);
    if (left.length === 0) return;
    if (pause > 32_000)
      throw new CommandError(
        `Entra does not show all of the policy yet; run the command again:\n${left.map(({ what }) => what).join("\n")}`,
      );
    // A new policy may not have replicated, and a write to it may be lost: changes that are still missing are written again.
    await delay(pause);
    left = await changesOfConsentPolicy(tenant);
  }
}

export const consentPolicyCommand = command("consent-policy", {
  does: `Creates or corrects the app consent policy ${consentPolicy.id}, which allows application permissions of every API except the APIs of Microsoft that packages/well-known/data lists. With boundedConsenter in the bootstrap's settings, the consenter can grant only what this policy allows. It signs in as \`npm run preflight\` does, and needs Policy.ReadWrite.PermissionGrant in Microsoft Graph.`,
  exitCodes: { 0: "the policy is as declared, or --dry-run listed the changes", 2: "it could not run" },
  example: "npm run consent-policy -- --dry-run",
})
  .option("--dry-run", "only list what would change")
  .action((options: ConsentPolicyOptions) => exitCodeOf(run(options)));
runIfProgram(__filename, consentPolicyCommand);
