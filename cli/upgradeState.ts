import { readFile, writeFile } from "node:fs/promises";
import { counted } from "@microservice-identities/validation/counted";
import { reasonOf } from "@microservice-identities/validation/files";
import { check, problemList } from "@microservice-identities/validation/problems";
import { exportedStack, granularRegistrations, withInlineApplications } from "./adoption/inlineApplications";
import { CommandError, command, exitCodeOf, runIfProgram } from "./command";

/** Writes the converted state to `out`, and returns what to do next. */
export async function upgrade(file: string, out: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new CommandError(`cannot read ${file}: ${reasonOf(error)}`);
  });
  const before = parsed(file, text);
  // A state may hold outputs that nobody else should read.
  await writeFile(out, `${JSON.stringify(withInlineApplications(before), null, 2)}\n`, { mode: 0o600 });
  const count = granularRegistrations(before).length;
  return count === 0
    ? `Wrote ${out}. It is the same state: ${file} has no ApplicationRegistration, so there is nothing to import.`
    : `Wrote ${out}: ${counted(count, "ApplicationRegistration")} converted. Next: pulumi stack import --file ${out}`;
}

function parsed(file: string, text: string) {
  const howToCreate = "create it with `pulumi stack export --file <file>`";
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    // The reason that Node gives repeats the text, which may contain a secret.
    throw new CommandError(`${file} is not JSON; ${howToCreate}`);
  }
  const checked = check(exportedStack, data);
  if ("data" in checked) return checked.data;
  const problems = checked.problems.slice(0, 5).map(({ text: words }) => words);
  throw new CommandError(problemList(`${file} is not an exported state; ${howToCreate}`, problems));
}

async function run(file: string, out: string): Promise<number> {
  console.log(await upgrade(file, out));
  return 0;
}

export const upgradeStateCommand = command("upgrade-state", {
  does: "Converts an exported state for today's components: they keep the app roles in the Application resource, and no longer in ApplicationRegistration and ApplicationAppRole resources. The objects in Entra stay the same.",
  exitCodes: { 0: "written", 2: "it could not run" },
  example: "npm run upgrade-state -- state.json --out upgraded.json",
})
  .argument("<file>", "the output of `pulumi stack export`")
  .requiredOption("-o, --out <file>", "the new state to write, for `pulumi stack import`")
  .action((file: string, { out }: { readonly out: string }) => exitCodeOf(run(file, out)));
runIfProgram(__filename, upgradeStateCommand);
