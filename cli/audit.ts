import path from "node:path";
import { auditRules } from "@microservice-identities/review/auditRules";
import { findingsSarif } from "@microservice-identities/review/report/sarif";
import { readWaivers } from "@microservice-identities/review/waivers";
import { waiversFile } from "@microservice-identities/review/waiversFile";
import { InvalidArgumentError, Option } from "commander";
import { SignedInTenant, TenantError } from "./adoption/tenant";
import { type Audit, audit, auditExitCode, conclusion } from "./audit/audit";
import { Declared } from "./audit/declared";
import { auditHtml } from "./audit/html";
import { auditText } from "./audit/text";
import { readWholeStates } from "./audit/wholeState";
import { CommandError, command, dateOption, exitCodeOf, ofOption, runIfProgram, stacksOption } from "./command";
import { declarationsIn } from "./declarations";
import { writeReport } from "./files";
import { projectFolder } from "./projectFolder";
import { noRegistration, stateOf } from "./state";

const formats = ["text", "json", "sarif", "html"] as const;
type Format = (typeof formats)[number];

interface AuditOptions {
  readonly stack: readonly string[];
  readonly state?: readonly string[];
  readonly also?: readonly string[];
  readonly format: Format;
  readonly out?: readonly string[];
  readonly waivers: string;
  readonly date: string;
}

async function run(options: AuditOptions): Promise<number> {
  const { stack, state, also, format, out = [], date } = options;
  const waivers = ofOption("--waivers", () => readWaivers(options.waivers, date));
  const audited = state ? await readWholeStates(state) : (await Promise.all(stack.map(stateOf))).flat();
  const declared = new Declared(audited, also ? await readWholeStates(also) : []);
  if (declared.services.length === 0) throw noRegistration(options);
  const found = await SignedInTenant.signIn(process.env)
    .then((tenant) => audit(declared, tenant, { stack: stack.join(", "), today: date, waivers }))
    .catch((error: Error) => {
      throw error instanceof TenantError ? new CommandError(error.message) : error;
    });
  console.log(auditIn(format, found));
  for (const file of out) await writeReport(file, `${auditIn(formatOf(file), found)}\n`);
  return auditExitCode(found);
}

function auditIn(format: Format, found: Audit): string {
  switch (format) {
    case "text":
      return auditText(found);
    case "json":
      return JSON.stringify({ ...found, conclusion: conclusion(found) }, null, 2);
    case "html":
      return auditHtml(found);
    case "sarif":
      return findingsSarif("tenant-audit", auditRules, found, declarationsIn(found.stack)).trimEnd();
  }
}

const formatOf = (file: string): Format =>
  path.extname(file) === ".txt" ? "text" : (path.extname(file).slice(1) as Format);

function collectFile(file: string, before: readonly string[] = []): readonly string[] {
  if (formats.includes(formatOf(file))) return [...before, file];
  throw new InvalidArgumentError("Allowed: a file with one of the extensions .txt, .json, .sarif, .html.");
}

export const auditCommand = command("audit", {
  does: "Lists undeclared access to a stack's objects in the tenant and the subscription: holders of roles, owners, credentials, trusts, delegated grants, directory roles, readers and networks of vaults, each with its consequence, its date, and the commands that import or remove it. It changes nothing. It needs Application.Read.All, Directory.Read.All and RoleManagement.Read.Directory in Microsoft Graph, and Reader in Azure. It lists what it could not read. It signs in with ARM_CLIENT_ID, ARM_CLIENT_SECRET and ARM_TENANT_ID, or with the Azure CLI; ARM_SUBSCRIPTION_ID selects the subscription.",
  exitCodes: {
    0: "nothing undeclared was found",
    1: "something undeclared was found",
    2: "something could not be read",
  },
  example: "npm run audit -- --stack prod --also bootstrap.json --out audit.html",
})
  .addOption(stacksOption)
  .option("--state <files...>", "the output of `pulumi stack export`, instead of asking the CLI")
  .option(
    "--also <files...>",
    "exported states whose resources count as declared, without being audited: of the bootstrap, and of stacks that call this one",
  )
  .addOption(new Option("-f, --format <format>", "the format of the output").choices(formats).default("text"))
  .addOption(
    new Option("-o, --out <file>", "also write a file, in the format of its extension; can be repeated").argParser(
      collectFile,
    ),
  )
  .addOption(
    new Option("--waivers <file>", "the file of accepted findings").default(
      path.join(projectFolder, waiversFile),
      waiversFile,
    ),
  )
  .addOption(dateOption)
  .action((options: AuditOptions) => exitCodeOf(run(options)));
runIfProgram(__filename, auditCommand);
