import { readFile } from "node:fs/promises";
import path from "node:path";
import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { DeploymentError, type StateResource } from "@microservice-identities/engine/deployment/stack";
import { readExportedState } from "@microservice-identities/review/exportedState";
import { reasonOf } from "@microservice-identities/validation/files";
import { InvalidArgumentError, Option } from "commander";
import { SignedInTenant, TenantError } from "./adoption/tenant";
import { audit } from "./audit/audit";
import type { Audit } from "./audit/extra";
import {
  type AuditFormat,
  auditFormats,
  auditHtml,
  auditJson,
  auditSarif,
  auditText,
  exitCodeFor,
} from "./audit/report";
import { CommandError, command, exitCodeOf, runIfProgram, stacksOption } from "./command";
import { writeReport } from "./files";
import { projectFolder } from "./projectFolder";

interface AuditOptions {
  readonly stack: readonly string[];
  readonly state?: readonly string[];
  readonly format: AuditFormat;
  readonly out: readonly string[];
}

async function run({ stack, state, format, out }: AuditOptions): Promise<number> {
  const resources = (await Promise.all(state ? state.map(stateIn) : stack.map(stateOf))).flat();
  if (!resources.some(({ type }) => type.endsWith(":Application")))
    throw new CommandError(
      "there is no registration in the state: deploy the stack first, or name another with --stack",
    );
  try {
    const tenant = await SignedInTenant.signIn(process.env);
    const found = await audit(resources, tenant, tenant.cloud.graph);
    const title = `Access audit of ${state ? state.join(", ") : stack.join(", ")}`;
    const written = (as: AuditFormat) => inFormat(found, as, title, `Pulumi.${stack[0]}.yaml`);
    for (const file of out) await writeReport(file, written(formatOf(file)));
    console.log(written(format).trimEnd());
    return exitCodeFor(found);
  } catch (error) {
    throw error instanceof TenantError ? new CommandError(error.message) : error;
  }
}

async function stateOf(stack: string): Promise<readonly StateResource[]> {
  if (findPulumiCli() === undefined)
    throw new CommandError(
      "there is no pulumi CLI on PATH to read the state with: pass the output of `pulumi stack export` with --state <file>",
    );
  try {
    return await (await PulumiCliStack.ofProject(projectFolder, stack)).resources();
  } catch (error) {
    throw error instanceof DeploymentError ? new CommandError(error.message) : error;
  }
}

async function stateIn(file: string): Promise<readonly StateResource[]> {
  try {
    const resources = readExportedState(JSON.parse(await readFile(file, "utf8")));
    return resources.map(({ urn, type, id, properties }) => ({ urn, type, id, outputs: properties }));
  } catch (error) {
    // The reason that Node gives for what is not JSON repeats the text, which may contain a secret.
    const reason = error instanceof SyntaxError ? "is not JSON; create it with `pulumi stack export`" : reasonOf(error);
    throw new CommandError(`${file}: ${reason}`);
  }
}

function inFormat(found: Audit, format: AuditFormat, title: string, settingsFile: string): string {
  switch (format) {
    case "text":
      return `${title}\n\n${auditText(found)}\n`;
    case "json":
      return auditJson(found);
    case "sarif":
      return auditSarif(found, settingsFile);
    case "html":
      return auditHtml(found, title);
  }
}

const endings: Readonly<Record<string, AuditFormat>> = {
  ".txt": "text",
  ".json": "json",
  ".sarif": "sarif",
  ".html": "html",
};

const formatOf = (file: string): AuditFormat => endings[path.extname(file)] ?? "text";

function collectFile(file: string, files: readonly string[]): readonly string[] {
  if (!(path.extname(file) in endings))
    throw new InvalidArgumentError(`Allowed: a file name that ends with ${Object.keys(endings).join(", ")}.`);
  return [...files, file];
}

export const auditCommand = command("audit", {
  does: "Lists everything in the tenant and the subscription that gives access to the services of deployed stacks, or that these have, and that no deployment made: holders of roles, owners, secrets, certificates, federated credentials, delegated grants, directory roles, readers and networks of vaults, Azure roles. It changes nothing. It signs in as `npm run preflight` does, and needs Application.Read.All in Microsoft Graph and Reader in the subscription; with Directory.Read.All it sees delegated grants and directory roles too.",
  exitCodes: { 0: "everything was declared", 1: "something was not", 2: "it could not run, or not look at everything" },
  example: "npm run audit -- --stack prod --out reports/audit.html",
})
  .addOption(stacksOption)
  .option(
    "--state <files...>",
    "the output of `pulumi stack export`, instead of asking the CLI for the state of --stack",
  )
  .addOption(new Option("-f, --format <format>", "the format of the output").choices(auditFormats).default("text"))
  .addOption(
    new Option("-o, --out <file>", "also write a file, in the format of its extension; can be repeated")
      .argParser(collectFile)
      .default([]),
  )
  .action((options: AuditOptions) => exitCodeOf(run(options)));
runIfProgram(__filename, auditCommand);
