import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { command, exitCodeOf, runIfProgram } from "../../cli/command";

const project = path.resolve(__dirname, "../..");
/** Folders that commands generate, or that contain installed files. */
const notWritten = new Set([".git", "node_modules", "reports", "dist", "coverage", ".local-azure"]);
const workspaces = "@microservice-identities";

/**
 * Type-checks and tests a copy of the project as a team may edit it: another landscape instead of the shop, with an
 * additional role and call, other stacks with other settings, and another name for the project.
 */
async function run(all: boolean): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), "edited-"));
  try {
    await copyTo(folder);
    await edit(folder);
    await commitAll(folder);
    const node = async (file: string, ...args: string[]): Promise<number> => {
      const child = spawn(process.execPath, [path.join(folder, "node_modules", file), ...args], {
        cwd: folder,
        stdio: "inherit",
      });
      const [code] = (await once(child, "exit")) as [number | null];
      return code ?? 1;
    };
    const tests = all ? [] : ["--runTestsByPath", ...(await testsOfTheProject(folder))];
    const codes = [await node("typescript/bin/tsc", "--noEmit"), await node("jest/bin/jest.js", ...tests)];
    return codes.every((code) => code === 0) ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Copies the project. Installed packages become links, but the links to the workspaces are copied, so that they point into the copy. */
async function copyTo(folder: string): Promise<void> {
  const filter = (file: string) => !notWritten.has(path.basename(file));
  for (const entry of await readdir(project))
    if (!notWritten.has(entry))
      await cp(path.join(project, entry), path.join(folder, entry), { recursive: true, filter });
  const installed = path.join(project, "node_modules");
  await mkdir(path.join(folder, "node_modules"));
  for (const entry of await readdir(installed)) {
    const to = path.join(folder, "node_modules", entry);
    if (entry === workspaces) await cp(path.join(installed, entry), to, { recursive: true, verbatimSymlinks: true });
    else await symlink(path.join(installed, entry), to);
  }
}

async function edit(folder: string): Promise<void> {
  const stacks = path.join(folder, "stacks");
  const product = ["contradictions.ts", "index.ts", "settings.ts", "settingsSchema.ts"];
  for (const entry of await readdir(folder)) if (/^Pulumi\..+\.yaml$/.test(entry)) await rm(path.join(folder, entry));
  for (const entry of await readdir(stacks)) if (!product.includes(entry)) await rm(path.join(stacks, entry));
  await cp(path.join(__dirname, "project"), folder, { recursive: true });
  for (const file of ["store.ts", "waivers.yaml"]) {
    const at = path.join(stacks, file);
    await writeFile(at, (await readFile(at, "utf8")).replaceAll("../../../../", "../"));
  }
  const at = path.join(folder, "Pulumi.yaml");
  await writeFile(at, (await readFile(at, "utf8")).replace(/^name: .*$/m, "name: acme-identities"));
}

/** Commits everything: a team's project is in git, because its stacks are reviewed against a revision. */
async function commitAll(folder: string): Promise<void> {
  const author = ["-c", "user.name=team", "-c", "user.email=team@example.com", "-c", "commit.gpgsign=false"];
  for (const args of [
    ["init", "--quiet"],
    ["add", "--all"],
    [...author, "commit", "--quiet", "--message", "Ours"],
  ]) {
    const [code] = (await once(spawn("git", args, { cwd: folder, stdio: "inherit" }), "exit")) as [number | null];
    if (code !== 0) throw new Error(`git ${args.join(" ")} ended with ${code}`);
  }
}

/** The tests that could read files that a team edits. `npm test` runs the others, which have their own landscape. */
async function testsOfTheProject(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const room of ["tests", "packages"])
    for (const file of await readdir(path.join(folder, room), { recursive: true })) {
      if (!file.endsWith(".test.ts") || file.startsWith("engine/")) continue;
      const text = await readFile(path.join(folder, room, file), "utf8");
      if (/projectFolder\b|runCommand\(|(?<!shopProject\/)\bstacks\/|Pulumi\./.test(text))
        found.push(path.join(room, file));
    }
  return found;
}

export const editedCommand = command("test:edited", {
  does: "Runs the tests in a copy of the project in which a team has replaced the landscape, the stacks and the name. It takes about 4 minutes.",
  exitCodes: { 0: "passed", 1: "a test failed", 2: "it could not run" },
  example: "npm run test:edited",
})
  .option("--all", "run every test, instead of only those that could read files that a team edits")
  .action(({ all = false }: { all?: boolean }) => exitCodeOf(run(all)));
runIfProgram(__filename, editedCommand);
