import { writeFile } from "node:fs/promises";
import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { DeploymentError, type StateResource } from "@microservice-identities/engine/deployment/stack";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { InvalidArgumentError } from "commander";
import { adopt } from "./adoption/adopt";
import { AdoptionError } from "./adoption/search";
import { SignedInTenant, TenantError } from "./adoption/tenant";
import { CommandError, command, exitCodeOf, runIfProgram, stackOption } from "./command";
import { projectFolder } from "./projectFolder";
import { environmentIn } from "./stackCloud";

interface AdoptOptions {
  readonly stack: string;
  readonly application: Readonly<Record<string, string>>;
  readonly out: string;
}

async function run({ stack, application, out }: AdoptOptions): Promise<number> {
  const wanted = await evaluateOffline(projectFolder, stack);
  const state = await stateOf(stack);
  const { resources, nameTable, changes, leftovers } = await SignedInTenant.signIn(environmentIn(wanted, process.env))
    .then((tenant) => adopt(wanted, tenant, { applications: application, state }))
    .catch((error: Error) => {
      throw error instanceof AdoptionError || error instanceof TenantError ? new CommandError(error.message) : error;
    });
  const found = resources.filter(({ component }) => !component);
  const section = (title: string, lines: readonly string[]) => ["", title, ...lines.map((line) => `  ${line}`)];
  if (found.length === 0) {
    console.log(
      state.length > 0
        ? `Nothing to adopt: every existing resource of stack ${stack} is in its state.`
        : `No resource of stack ${stack} exists yet: \`pulumi up\` creates all of them.`,
    );
    return 0;
  }
  await writeFile(out, `${JSON.stringify({ nameTable, resources }, null, 2)}\n`);
  const lines = [
    `Found ${found.length} resources of stack ${stack}, written to ${out}.`,
    ...section(
      changes.length > 0
        ? "The deployment after the import changes:"
        : "The deployment after the import changes nothing.",
      changes,
    ),
    ...(leftovers.length > 0 ? section("These are not part of the landscape and are left alone:", leftovers) : []),
    ...section("Next:", [
      `pulumi import --file ${out} --stack ${stack} --protect=false --generate-code=false`,
      `pulumi preview --stack ${stack} --diff`,
    ]),
  ];
  console.log(lines.join("\n"));
  return 0;
}

/** Without a CLI, or before the stack exists, the state is empty. */
async function stateOf(stack: string): Promise<readonly StateResource[]> {
  if (findPulumiCli() === undefined) return [];
  try {
    return await (await PulumiCliStack.ofProject(projectFolder, stack)).resources();
  } catch (error) {
    if (error instanceof DeploymentError && /no stack named/.test(error.message)) return [];
    throw error;
  }
}

function collect(given: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, service, clientId] = /^([a-z0-9-]+)=([0-9a-f-]{36})$/.exec(given) ?? [];
  if (service && clientId) return { ...before, [service]: clientId };
  throw new InvalidArgumentError(
    "Allowed: a service and a client id, for example orders=7f0a2c7e-3f0b-4d63-9d0a-2c5b3cf1a001.",
  );
}

export const adoptCommand = command("adopt", {
  does: "Finds the resources of a stack that somebody created by hand and that its state does not contain, writes the file for `pulumi import`, and shows what a deployment would change. It changes nothing in Azure. It signs in with ARM_CLIENT_ID, ARM_CLIENT_SECRET and ARM_TENANT_ID, or with the Azure CLI; ARM_SUBSCRIPTION_ID selects the subscription.",
  exitCodes: { 0: "the search is complete", 2: "it could not run" },
  example: "npm run adopt -- --stack prod --out import.json",
})
  .addOption(stackOption().default("dev"))
  .option(
    "--application <service=client-id>",
    "the registration of a service whose name is not <service>-<stack>; can be repeated",
    collect,
    {},
  )
  .option("-o, --out <file>", "the import file to write", "import.json")
  .action((options: AdoptOptions) => exitCodeOf(run(options)));
runIfProgram(__filename, adoptCommand);
