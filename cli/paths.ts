import path from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { command, dateOption, exitCodeOf, runIfProgram, stacksOption } from "./command";
import { writeReport } from "./files";
import { type PathFormat, pathFormats, pathsIn } from "./paths/formats";
import { type PathsOptions, pathsReport } from "./paths/report";

interface Options extends PathsOptions {
  readonly format: PathFormat;
  readonly out?: readonly string[];
}

async function run({ format, out = [], ...options }: Options): Promise<number> {
  const report = await pathsReport(options);
  console.log(await pathsIn(format, report));
  for (const file of out) await writeReport(file, `${await pathsIn(formatOf(file), report)}\n`);
  return report.opened && report.opened.length > 0 ? 1 : 0;
}

const formatOf = (file: string): PathFormat => pathFormats[path.extname(file).slice(1) as keyof typeof pathFormats];

function collectFile(file: string, before: readonly string[] = []): readonly string[] {
  if (formatOf(file) !== undefined) return [...before, file];
  throw new InvalidArgumentError(
    `Allowed: a file with one of the extensions ${Object.keys(pathFormats)
      .map((ending) => `.${ending}`)
      .join(", ")}.`,
  );
}

export const pathsCommand = command("paths", {
  does: "Lists the attack paths of a stack: the chains of rights by which one party could act as another. It shows the shortest path to each API role and to tier 0. The steps of a path are ownership, vaults, sign-ins, Azure roles, directory roles and permissions of Microsoft Graph. With --against, it lists the paths that a change opens. It needs no Pulumi CLI, no credentials and no network.",
  exitCodes: {
    0: "the paths are listed, or the change opens none",
    1: "the change opens or shortens a path",
    2: "it could not run",
  },
  example: "npm run paths -- --stack prod --against HEAD --out reports/paths.html",
})
  .addOption(stacksOption)
  .option("--state <files...>", "the output of `pulumi stack export`, instead of the program")
  .option(
    "--also <files...>",
    "exported states whose identities are included: of the bootstrap, and of stacks that call this one",
  )
  .option("--audit <files...>", "the JSON of `npm run audit`: include the access that it found")
  .option("-a, --against <revision>", "compare with the same stack in another git revision")
  .option("--against-file <file>", "compare with a saved review (JSON) or an exported state")
  .option(
    "-t, --to <roles...>",
    "list every path, but only to these: <API>/<role>, an API, a directory role, or tier-0",
  )
  .addOption(
    new Option("-f, --format <format>", "the format of the output").choices(Object.values(pathFormats)).default("text"),
  )
  .addOption(
    new Option("-o, --out <file>", "also write a file, in the format of its extension; can be repeated").argParser(
      collectFile,
    ),
  )
  .addOption(dateOption)
  .action((options: Options) => exitCodeOf(run(options)));
runIfProgram(__filename, pathsCommand);
