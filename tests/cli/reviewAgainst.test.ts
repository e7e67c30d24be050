import { cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { projectFolder, run, runCommandIn } from "@microservice-identities/test-support/processes";
import { shopProject } from "@microservice-identities/test-support/project";

jest.setTimeout(60_000);

/** A program's modules may have moved since the older revision. Today's tools evaluate that revision with its own modules. */
describe("review --against an older revision", () => {
  let project: string;
  const at = (...parts: string[]) => path.join(project, ...parts);
  const git = async (...args: string[]) => {
    const author = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
    const { code, stderr } = await run("git", [...author, ...args], { cwd: project });
    expect([code, stderr]).toEqual([0, ""]);
  };
  /** Changes the text of every file of the program. */
  const rewrite = async (change: (text: string) => string) => {
    for (const room of ["stacks", "components"])
      for (const entry of await readdir(at(room))) {
        const file = at(room, entry);
        if (file.endsWith(".ts")) await writeFile(file, change(await readFile(file, "utf8")));
      }
  };
  const moved = ["validation", "well-known"];

  beforeAll(async () => {
    project = await shopProject();
    await rm(at("components"));
    await cp(path.join(projectFolder, "components"), at("components"), { recursive: true });
    await rm(at("packages"));
    for (const room of moved)
      await cp(path.join(projectFolder, "packages", room), at(room), {
        recursive: true,
        filter: (file) => path.basename(file) !== "node_modules",
      });
    await rewrite((text) => text.replaceAll('"../packages/', '"../'));
    const files = ["package.json", "package-lock.json", "tsconfig.json"];
    for (const file of files) {
      await rm(at(file));
      await cp(path.join(projectFolder, file), at(file));
    }
    const tracked = ["stacks", "components", ...moved, "Pulumi.yaml", "Pulumi.dev.yaml", ...files];
    await git("init", "--quiet");
    await writeFile(
      at(".git", "info", "exclude"),
      ["/*", ...[...tracked, "packages"].map((each) => `!/${each}`)].join("\n"),
    );
    await git("add", "--", ...tracked);
    await git("commit", "--quiet", "--message", "Where the modules were");
    await git("tag", "before");

    await cp(path.join(projectFolder, "packages"), at("packages"), {
      recursive: true,
      filter: (file) => path.basename(file) !== "node_modules",
    });
    for (const room of moved) await rename(at(room), at(`${room}.gone`));
    await rewrite((text) => text.replaceAll(/"\.\.\/(validation|well-known)\//g, '"../packages/$1/'));
  });
  afterAll(() => rm(project, { recursive: true }));

  const review = () =>
    runCommandIn({ project }, "review", "--against", "before", "--format", "json", "--fail-on", "never");

  it("shows no change of access if only modules have moved", async () => {
    const { code, stdout, stderr } = await review();
    expect([code, stderr]).toEqual([0, ""]);
    const { change, newFindings } = JSON.parse(stdout);
    const none = { added: [], removed: [] };
    expect([change, newFindings]).toEqual([
      {
        waivers: none,
        services: none,
        roles: none,
        grants: none,
        consents: false,
        kept: [],
        readers: none,
        credentials: none,
        rights: none,
        reach: none,
        opened: [],
        altered: [
          { what: "code of the program", from: "", to: expect.stringMatching(/^changed in .*stacks\/index\.ts/) },
        ],
        resources: { ...none, changed: [], notCompared: 0 },
      },
      newFindings,
    ]);
    // The whole folder of packages is new.
    const rules = newFindings.map(({ rule }: { rule: string }) => rule);
    expect([...new Set(rules)].sort()).toEqual(["changed-tools", "new-package"]);
  });

  it("shows the grant for an additional call", async () => {
    const file = at("stacks", "shop.ts");
    const call = '    calls: {\n      orders: { roles: ["Orders.Read"], because: "Shows what was sold." },\n    },\n';
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(/( {2}inventory: \{\n)/, `$1${call}`));
    const { code, stdout, stderr } = await review();
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout).change.grants).toEqual({
      added: [{ caller: "inventory-dev", api: "orders-dev", role: "Orders.Read", because: "Shows what was sold." }],
      removed: [],
    });
  });

  it("loads the revision's own packages, not those of the change", async () => {
    const roles = at("packages", "roles", "index.ts");
    const grant = (role: string) => writeFile(roles, `export const needed = "${role}" as const;\n`);
    // npm installs a workspace as a link in node_modules.
    await rm(at("node_modules"));
    for (const entry of await readdir(path.join(projectFolder, "node_modules"))) {
      await mkdir(at("node_modules"), { recursive: true });
      await symlink(path.join(projectFolder, "node_modules", entry), at("node_modules", entry));
    }
    await mkdir(path.dirname(roles));
    await symlink(path.dirname(roles), at("node_modules", "team-roles"));
    await writeFile(at("packages", "roles", "package.json"), '{ "name": "team-roles", "exports": "./index.ts" }');
    const shop = at("stacks", "shop.ts");
    const text = await readFile(shop, "utf8");
    await writeFile(
      shop,
      `import { needed } from "team-roles";\n${text.replace('roles: ["Orders.Read"], because: "Shows', 'roles: [needed], because: "Shows')}`,
    );
    await grant("Orders.Read");
    await git("add", "--", ".");
    await git("commit", "--quiet", "--message", "Roles from a package");
    await grant("Orders.Write");
    const { code, stdout, stderr } = await runCommandIn(
      { project },
      "review",
      "--against",
      "HEAD",
      "--format",
      "json",
      "--fail-on",
      "never",
    );
    expect([code, stderr]).toEqual([0, ""]);
    const granted = (role: string) => ({
      caller: "inventory-dev",
      api: "orders-dev",
      role,
      because: "Shows what was sold.",
    });
    expect(JSON.parse(stdout).change.grants).toEqual({
      added: [granted("Orders.Write")],
      removed: [granted("Orders.Read")],
    });
  });

  it("leaves no worktree behind", async () => {
    const { stdout } = await run("git", ["worktree", "list", "--porcelain"], { cwd: project });
    expect(stdout.match(/^worktree /gm)).toHaveLength(1);
  });
});
