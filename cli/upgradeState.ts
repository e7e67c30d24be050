import { readFile, writeFile } from "node:fs/promises";
import { reasonOf } from "@microservice-identities/validation/files";
import { check, problemList } from "@microservice-identities/validation/problems";
import { exportedStack, withInlineApplications } from "./adoption/inlineApplications";
import { CommandError, command, exitCodeOf, runIfProgram } from "./command";

async function upgrade(file: string, { out }: { readonly out: string }): Promise<number> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new CommandError(`cannot read ${file}: ${reasonOf(error)}`);
  });
  const before = parsed(file, text);
  const after = withInlineApplications(before);
  // A state may hold outputs that nobody else should read.
  await writeFile(out, `${JSON.stringify(after, null, 2)}\n`, { mode: 0o600 });
  const count = before.deployment.resources.length - after.deployment.resources.length;
  console.log(
    `Wrote ${out}: ${count} app roles are part of their applications now. Next: pulumi stack import --file ${out}`,
  );
  return 0;
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

export const upgradeStateCommand = command("upgrade-state", {
  does: "Converts an exported state for today's components: they keep the app roles in the Application resource, and no longer in ApplicationRegistration and ApplicationAppRole resources. The objects in Entra stay the same.",
  exitCodes: { 0: "written", 2: "it could not run" },
  example: "npm run upgrade-state -- state.json --out upgraded.json",
})
  .argument("<file>", "the output of `pulumi stack export`")
  .requiredOption("-o, --out <file>", "the new state to write, for `pulumi stack import`")
  .action((file: string, options: { readonly out: string }) => exitCodeOf(upgrade(file, options)));
runIfProgram(__filename, upgradeStateCommand);
