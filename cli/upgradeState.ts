import { readFile, writeFile } from "node:fs/promises";
import { exportedStack, withInlineApplications } from "./adoption/inlineApplications";
import { CommandError, command, exitCodeOf } from "./command";

async function upgrade(file: string, { out }: { readonly out: string }): Promise<number> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new CommandError(error.message);
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
  try {
    return exportedStack.parse(JSON.parse(text));
  } catch {
    throw new CommandError(`${file} is not what pulumi stack export writes`);
  }
}

command(
  "upgrade-state",
  "Rewrites an exported state whose registrations are ApplicationRegistration and\nApplicationAppRole, so that today's components go on with the same objects.\nExit codes: 0 written, 2 could not be.",
)
  .argument("<file>", "what `pulumi stack export` wrote")
  .requiredOption("-o, --out <file>", "where the new state goes, for `pulumi stack import`")
  .action((file: string, options: { readonly out: string }) => exitCodeOf(upgrade(file, options)))
  .parse();
