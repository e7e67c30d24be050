import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectFolder, run } from "@microservice-identities/test-support/processes";
import { parseAllDocuments } from "yaml";

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly script?: string;
  readonly bash?: string;
  readonly checkout?: string;
  readonly persistCredentials?: boolean;
  readonly uses?: string;
  readonly template?: string;
  readonly displayName?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly inputs?: { readonly inlineScript?: string };
}

/** Every list of steps in the pipelines, by its file and its job. */
async function jobs(folder: string): Promise<{ name: string; permissions: Record<string, string>; steps: Step[] }[]> {
  const files = await readdir(path.join(projectFolder, folder), { recursive: true });
  const found: { name: string; permissions: Record<string, string>; steps: Step[] }[] = [];
  const look = (name: string, value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { steps, job, permissions = {} } = value as { steps?: Step[]; job?: string; permissions?: never };
    if (Array.isArray(steps)) found.push({ name: job ? `${name} ${job}` : name, permissions, steps });
    const { script } = value as { script?: unknown };
    // A job of GitLab CI has one list of commands.
    if (Array.isArray(script)) found.push({ name, permissions, steps: script.map((run: string) => ({ run })) });
    for (const [key, each] of Object.entries(value))
      if (key !== "steps") look(/^(\d+|jobs|stages|strategy|runOnce)$/.test(key) ? name : `${name} ${key}`, each);
  };
  // A file of GitLab CI may declare its inputs in a separate YAML document.
  for (const file of files.filter((each) => each.endsWith(".yml")))
    for (const document of parseAllDocuments(await readFile(path.join(projectFolder, folder, file), "utf8")))
      look(file, document.toJS());
  return found;
}
const scriptOf = ({ run, script, bash, inputs }: Step) => run ?? script ?? bash ?? inputs?.inlineScript ?? "";

const folders = { github: ".github/workflows", azure: "azure-pipelines", gitlab: "gitlab" };
describe.each(Object.entries(folders))("the pipelines of %s", (_, folder) => {
  it("run no install scripts of packages, and nothing that was downloaded without a digest", async () => {
    const scripts = (await jobs(folder)).flatMap(({ name, steps }) =>
      steps.flatMap((step) =>
        scriptOf(step)
          .split("\n")
          .map((line) => `${name}: ${line.trim()}`),
      ),
    );
    expect(
      scripts.filter((line) => /\bnpm (ci|install|i)\b/.test(line) && !/ npm ci --ignore-scripts$/.test(line)),
    ).toEqual([]);
    expect(scripts.filter((line) => /\b(curl|wget|npx|pip|get\.pulumi\.com)\b/.test(line))).toEqual([]);
    const pulumi = scripts.filter((line) => line.includes("install-pulumi"));
    expect(pulumi.length).toBeGreaterThan(0);
    // Nothing else installs Pulumi.
    expect(
      (await jobs(folder)).flatMap(({ steps }) => steps).filter(({ uses }) => uses?.startsWith("pulumi/")),
    ).toEqual([]);
  });

  it("use the full names of main and of the tags, so that no other tag or branch can replace them", async () => {
    const lines = (await jobs(folder)).flatMap(({ steps }) =>
      steps.flatMap((step) => [scriptOf(step), JSON.stringify(step.env ?? {}), JSON.stringify(step.with ?? {})]),
    );
    expect(lines.filter((line) => /(?<!refs\/remotes\/)origin\/|(?<!refs\/tags\/)deployed\//.test(line))).toEqual([]);
  });
});

describe.each(["github", "azure"] as const)("the pipelines of %s", (system) => {
  const folder = folders[system];

  it("store git's credentials only in the job that moves the tag, which installs and deploys nothing", async () => {
    const all = await jobs(folder);
    const keeping = all.filter(({ steps }) =>
      steps.some(({ uses, checkout, persistCredentials, ...step }) =>
        uses?.startsWith("actions/checkout") ? step.with?.["persist-credentials"] !== false : persistCredentials,
      ),
    );
    expect(keeping.map(({ name }) => name)).toEqual([
      { github: "deploy-environment.yml remember", azure: "jobs/remember.yml remember" }[system],
    ]);
    for (const { steps } of keeping) {
      expect(steps.map(scriptOf).filter(Boolean)).toEqual(['cli/pipelines/remember.sh "$STACK"']);
      expect(steps.filter(({ template }) => template !== undefined)).toEqual([]);
    }
  });

  it("pass the code host's token only to the steps that create a comment or a release", async () => {
    const given = (await jobs(folder)).flatMap(({ name, steps }) =>
      steps
        .filter(({ env = {} }) => /TOKEN|token/.test(JSON.stringify(env)))
        .map((step) => `${name}: ${step.name ?? step.displayName ?? scriptOf(step).split(" ").slice(0, 3).join(" ")}`),
    );
    expect(given.sort()).toEqual(
      {
        github: ["pull-request.yml review: Comment", "release.yml release: gh release create"],
        azure: ["pull-request.yml Review: Comment"],
      }[system],
    );
  });
});

describe("the pipelines of gitlab", () => {
  it("pass the token that can push only to the job that moves the tag, and the token that can comment only to the job that comments", async () => {
    const all = await jobs("gitlab");
    const using = (text: RegExp) => all.filter(({ steps }) => steps.some((step) => text.test(scriptOf(step))));
    const pushing = using(/TAG_TOKEN/);
    expect(pushing.map(({ name, steps }) => [name, steps.length, scriptOf(steps[1] ?? {})])).toEqual([
      ["deployment.yml remember", 2, 'cli/pipelines/remember.sh "$STACK"'],
    ]);
    expect(using(/pull-request-comment/).map(({ name }) => name)).toEqual(["merge-request.yml note"]);
    const environments = await readFile(path.join(projectFolder, "gitlab/merge-request.yml"), "utf8");
    expect(environments.match(/name: .*/g)).toEqual(["name: merge-request-notes"]);
  });
});

describe("install-pulumi.sh", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "install-"));
    await mkdir(path.join(folder, "cli/pipelines"), { recursive: true });
    await mkdir(path.join(folder, "bin"));
    const script = await readFile(path.join(projectFolder, "cli/pipelines/install-pulumi.sh"));
    await writeFile(path.join(folder, "cli/pipelines/install-pulumi.sh"), script, { mode: 0o755 });
    await writeFile(path.join(folder, digests), `# Why.\n${"0".repeat(64)}  pulumi-v3.0.0-linux-x64.tar.gz\n`);
    const dependencies = { "@pulumi/azure-native": "2.0.0", "@pulumi/azuread": "6.0.0", "@pulumi/random": "4.0.0" };
    await writeFile(path.join(folder, "package.json"), JSON.stringify({ dependencies }));
    await program("uname", "echo x86_64");
    // A fake curl: instead of a download, it packs a CLI that records its command lines.
    await program(
      "curl",
      `for last; do :; done
while [ "$1" != --output ]; do shift; done
echo "$last" >> "${folder}/downloads"
mkdir -p "${folder}/pack/pulumi"
printf '#!/bin/sh\\necho "$*" >> "${folder}/installed"' > "${folder}/pack/pulumi/pulumi"
[[ -z "$TAMPERED" || "$last" != $TAMPERED ]] || echo evil >> "${folder}/pack/pulumi/pulumi"
chmod +x "${folder}/pack/pulumi/pulumi"
tar --create --gzip --mtime=2026-01-01 --sort=name --owner=0 --group=0 --file "$2" -C "${folder}/pack" pulumi`,
    );
  });
  afterEach(() => rm(folder, { recursive: true }));
  const digests = "cli/pipelines/pulumi-digests.txt";
  const program = async (name: string, text: string) => {
    await writeFile(path.join(folder, "bin", name), `#!/bin/bash\n${text}\n`);
    await chmod(path.join(folder, "bin", name), 0o755);
  };
  const install = (args: string[] = [], env: NodeJS.ProcessEnv = {}) =>
    run(path.join(folder, "cli/pipelines/install-pulumi.sh"), args, {
      cwd: folder,
      env: { PATH: `${folder}/bin:${process.env.PATH}`, PULUMI_HOME: `${folder}/home`, ...env },
    });
  const read = (file: string) => readFile(path.join(folder, file), "utf8").catch(() => "");
  const downloads = async () => {
    const all = (await read("downloads")).trim().split("\n");
    await writeFile(path.join(folder, "downloads"), "");
    return all;
  };
  const pulumi = "https://get.pulumi.com/releases";
  const github = "https://github.com/pulumi";
  const plugins = ["azure-native-v2.0.0", "azuread-v6.0.0", "random-v4.0.0"];
  const archives = [
    `${pulumi}/sdk/pulumi-v3.1.0-linux-x64.tar.gz`,
    ...plugins.map((plugin) => `${pulumi}/plugins/pulumi-resource-${plugin}-linux-amd64.tar.gz`),
  ];
  /** Removes the digests of the plugins: the project's own file has only those of the CLI. */
  const forgetPlugins = async () => {
    const lines = (await read(digests)).split("\n").filter((line) => !line.includes("pulumi-resource-"));
    await writeFile(path.join(folder, digests), lines.join("\n"));
  };

  it("--record writes the digests of a CLI version and of the plugins that package.json names, for x64 and arm64, after comparing two servers", async () => {
    expect(await install(["--record", "3.1.0"])).toEqual({ code: 0, stdout: "", stderr: "" });
    const [comment, ...lines] = (await read(digests)).trim().split("\n");
    expect(comment).toBe("# Why.");
    expect(lines.map((line) => line.replace(/^[0-9a-f]{64} {2}/, ""))).toEqual([
      ...["x64", "arm64"].map((machine) => `pulumi-v3.1.0-linux-${machine}.tar.gz`),
      ...plugins.flatMap((plugin) =>
        ["amd64", "arm64"].map((machine) => `pulumi-resource-${plugin}-linux-${machine}.tar.gz`),
      ),
    ]);
    expect((await downloads()).slice(0, 6)).toEqual([
      `${pulumi}/sdk/pulumi-v3.1.0-linux-x64.tar.gz`,
      `${github}/pulumi/releases/download/v3.1.0/pulumi-v3.1.0-linux-x64.tar.gz`,
      `${pulumi}/sdk/pulumi-v3.1.0-linux-arm64.tar.gz`,
      `${github}/pulumi/releases/download/v3.1.0/pulumi-v3.1.0-linux-arm64.tar.gz`,
      `${pulumi}/plugins/pulumi-resource-azure-native-v2.0.0-linux-amd64.tar.gz`,
      `${github}/pulumi-azure-native/releases/download/v2.0.0/pulumi-resource-azure-native-v2.0.0-linux-amd64.tar.gz`,
    ]);
  });

  it("installs files with a recorded digest without asking a second server, and prints the folder of the CLI", async () => {
    await install(["--record", "3.1.0"]);
    await downloads();
    expect(await install()).toEqual({ code: 0, stdout: `${folder}/home/bin\n`, stderr: "" });
    expect(await downloads()).toEqual(archives);
    expect((await read("installed")).trim().split("\n")).toEqual([
      expect.stringMatching(/^plugin install resource azure-native 2\.0\.0 --exact --file \//),
      expect.stringMatching(/^plugin install resource azuread 6\.0\.0 --exact --file \//),
      expect.stringMatching(/^plugin install resource random 4\.0\.0 --exact --file \//),
    ]);
  });

  it("installs a plugin without a recorded digest only if two servers have the same file, and says so", async () => {
    await install(["--record", "3.1.0"]);
    await forgetPlugins();
    const { code, stderr } = await install();
    expect([code, stderr.trim().split("\n")]).toEqual([
      0,
      plugins.map((plugin) =>
        expect.stringMatching(
          new RegExp(
            `^pulumi-resource-${plugin}-linux-amd64\\.tar\\.gz has no digest in .*pulumi-digests\\.txt\\. It is accepted because get\\.pulumi\\.com and GitHub serve the same file\\.$`,
          ),
        ),
      ),
    ]);
    await writeFile(path.join(folder, "installed"), "");
    expect(await install([], { TAMPERED: "https://get.pulumi.com/*azure-native*" })).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "pulumi-resource-azure-native-v2.0.0-linux-amd64.tar.gz is not the same on get.pulumi.com and on GitHub. Install neither, and ask its publisher.\n",
    });
    expect(await read("installed")).toBe("");
    expect(await install(["--record"], { TAMPERED: "https://github.com/*" })).toMatchObject({ code: 1 });
  });

  it("runs nothing from a download that was changed, even on both servers, or from an upgrade without a recorded digest", async () => {
    const refused = (file: string) => ({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        new RegExp(
          `^${file}\\.tar\\.gz does not have the digest in .*pulumi-digests\\.txt, or this file has no digest for it\\.\nAfter an upgrade, run cli/pipelines/install-pulumi\\.sh --record and have its change reviewed\\.\n$`,
        ),
      ),
    });
    expect(await install()).toEqual(refused("pulumi-v3\\.0\\.0-linux-x64"));
    await install(["--record", "3.1.0"]);
    expect(await install([], { TAMPERED: "*" })).toEqual(refused("pulumi-v3\\.1\\.0-linux-x64"));
    const upgraded = (await read("package.json")).replace("2.0.0", "2.0.1");
    await writeFile(path.join(folder, "package.json"), upgraded);
    expect(await install()).toEqual(refused("pulumi-resource-azure-native-v2\\.0\\.1-linux-amd64"));
    expect(await read("installed")).toBe("");
  });

  it.each([[["record"]], [["--record", "latest"]], [["--record", "3.1.0", "more"]]])(
    "refuses the arguments %j, and prints the allowed ones",
    async (args) => {
      expect(await install(args)).toEqual({
        code: 2,
        stdout: "",
        stderr: `Usage: cli/pipelines/install-pulumi.sh [--record [<version of the CLI>]], but the arguments are: ${args.join(" ")}\n`,
      });
    },
  );

  it("has the digests of one CLI version for x64 and arm64, and of no plugin version that package.json does not name", async () => {
    const { dependencies } = JSON.parse(await readFile(path.join(projectFolder, "package.json"), "utf8"));
    const lines = (await readFile(path.join(projectFolder, digests), "utf8")).trim().split("\n");
    const entries = lines.filter((line) => !line.startsWith("#"));
    const names = entries.map((line) => /^[0-9a-f]{64} {2}(\S+)$/.exec(line)?.[1]);
    const cli = names.filter((name) => !name?.startsWith("pulumi-resource-"));
    const version = /^pulumi-v(.*)-linux-x64\.tar\.gz$/.exec(cli[0] ?? "")?.[1];
    expect(cli).toEqual(["x64", "arm64"].map((machine) => `pulumi-v${version}-linux-${machine}.tar.gz`));
    const current = ["azure-native", "azuread", "random"].flatMap((plugin) =>
      ["amd64", "arm64"].map(
        (machine) => `pulumi-resource-${plugin}-v${dependencies[`@pulumi/${plugin}`]}-linux-${machine}.tar.gz`,
      ),
    );
    expect(names.filter((name) => !cli.includes(name) && !current.includes(name ?? ""))).toEqual([]);
  });
});
