import { writeFile } from "node:fs/promises";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { InvalidArgumentError } from "commander";
import { adopt } from "./adoption/adopt";
import { AdoptionError } from "./adoption/search";
import { SignedInTenant, TenantError } from "./adoption/tenant";
import { CommandError, command, exitCodeOf } from "./command";
import { projectFolder } from "./projectFolder";

interface AdoptOptions {
  readonly stack: string;
  readonly application: Readonly<Record<string, string>>;
  readonly out: string;
}

async function run({ stack, application, out }: AdoptOptions): Promise<number> {
  const wanted = await evaluateOffline(projectFolder, stack);
  const { resources, changes, leftovers } = await SignedInTenant.signIn(process.env)
    .then((tenant) => adopt(wanted, tenant, { applications: application }))
    .catch((error: Error) => {
      throw error instanceof AdoptionError || error instanceof TenantError ? new CommandError(error.message) : error;
    });
  const found = resources.filter(({ component }) => !component);
  const section = (title: string, lines: readonly string[]) => ["", title, ...lines.map((line) => `  ${line}`)];
  if (found.length === 0) {
    console.log(`Nothing of stack ${stack} exists yet: \`pulumi up\` creates all of it.`);
    return 0;
  }
  await writeFile(out, `${JSON.stringify({ resources }, null, 2)}\n`);
  const lines = [
    `Found ${found.length} resources of stack ${stack}, written to ${out}.`,
    ...section(
      changes.length > 0 ? "The deployment after the import changes:" : "The deployment after the import changes none.",
      changes,
    ),
    ...(leftovers.length > 0 ? section("These are not part of the landscape, and stay:", leftovers) : []),
    ...section("Next:", [
      `pulumi import --file ${out} --stack ${stack} --protect=false --generate-code=false`,
      `pulumi preview --stack ${stack} --diff`,
    ]),
  ];
  console.log(lines.join("\n"));
  return 0;
}

function collect(given: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, service, clientId] = /^([a-z0-9-]+)=([0-9a-f-]{36})$/.exec(given) ?? [];
  if (service && clientId) return { ...before, [service]: clientId };
  throw new InvalidArgumentError(
    "Allowed: a service and a client id, like orders=7f0a2c7e-3f0b-4d63-9d0a-2c5b3cf1a001.",
  );
}

command(
  "adopt",
  "Finds the resources of a stack that somebody has created by hand, writes the\nfile for `pulumi import`, and says what a deployment would change. It only reads.\nSigns in by ARM_CLIENT_ID, ARM_CLIENT_SECRET and ARM_TENANT_ID, or by the Azure CLI;\nARM_SUBSCRIPTION_ID says where.\nExit codes: 0 done, 2 could not be.",
)
  .option("-s, --stack <name>", "the stack, with its settings in Pulumi.<name>.yaml", "dev")
  .option(
    "--application <service=client-id>",
    "the registration of a service, where it is not called <service>-<stack>; can be given again",
    collect,
    {},
  )
  .option("-o, --out <file>", "where the import file goes", "import.json")
  .action((options: AdoptOptions) => exitCodeOf(run(options)))
  .parse();
