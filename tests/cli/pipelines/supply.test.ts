import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectFolder, run } from "@microservice-identities/test-support/processes";
import { parse } from "yaml";

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
    for (const [key, each] of Object.entries(value))
      if (key !== "steps") look(/^(\d+|jobs|stages|strategy|runOnce)$/.test(key) ? name : `${name} ${key}`, each);
  };
  for (const file of files.filter((each) => each.endsWith(".yml")))
    look(file, parse(await readFile(path.join(projectFolder, folder, file), "utf8")));
  return found;
}
const scriptOf = ({ run, script, bash, inputs }: Step) => run ?? script ?? bash ?? inputs?.inlineScript ?? "";

describe.each(["github", "azure"])("the pipelines of %s", (system) => {
  const folder = { github: ".github/workflows", azure: "azure-pipelines" }[system] as string;

  it("run no install script of a package, and nothing that is downloaded without its digest", async () => {
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
    // Nothing else installs it.
    expect(
      (await jobs(folder)).flatMap(({ steps }) => steps).filter(({ uses }) => uses?.startsWith("pulumi/")),
    ).toEqual([]);
  });

  it("keep the credentials of git only in the job that moves the tag, which installs and deploys nothing", async () => {
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

  it("give the token of the code host only to the steps that write a comment or a release", async () => {
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

  it("name main and tags by their full names, so that no other tag or branch can replace them", async () => {
    const lines = (await jobs(folder)).flatMap(({ steps }) =>
      steps.flatMap((step) => [scriptOf(step), JSON.stringify(step.env ?? {}), JSON.stringify(step.with ?? {})]),
    );
    expect(lines.filter((line) => /(?<!refs\/remotes\/)origin\/|(?<!refs\/tags\/)deployed\//.test(line))).toEqual([]);
  });
});

describe("install-pulumi.sh", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "install-"));
    await mkdir(path.join(folder, "cli/pipelines"), { recursive: true });
    await mkdir(path.join(folder, "bin"));
    for (const file of ["install-pulumi.sh", "pulumi-digests.txt"])
      await writeFile(
        path.join(folder, "cli/pipelines", file),
        await readFile(path.join(projectFolder, "cli/pipelines", file)),
        { mode: 0o755 },
      );
    const dependencies = {
      "@pulumi/pulumi": "3.1.0",
      "@pulumi/azure-native": "2.0.0",
      "@pulumi/azuread": "6.0.0",
      "@pulumi/random": "4.0.0",
    };
    await writeFile(path.join(folder, "package.json"), JSON.stringify({ dependencies }));
    // Packs a CLI that writes down how it is called, in place of a download.
    await program(
      "curl",
      `for last; do :; done
while [ "$1" != --output ]; do shift; done
echo "$last" >> "${folder}/downloads"
mkdir -p "${folder}/pack/pulumi"
printf '#!/bin/sh\\necho "$*" >> "${folder}/installed"' > "${folder}/pack/pulumi/pulumi"
[ -z "$TAMPERED" ] || echo evil >> "${folder}/pack/pulumi/pulumi"
chmod +x "${folder}/pack/pulumi/pulumi"
tar --create --gzip --mtime=2026-01-01 --sort=name --owner=0 --group=0 --file "$2" -C "${folder}/pack" pulumi`,
    );
  });
  afterEach(() => rm(folder, { recursive: true }));
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

  it("installs the versions of package.json once their digests are recorded, and prints where the CLI is", async () => {
    expect((await install(["--record"])).code).toBe(0);
    expect(await read("cli/pipelines/pulumi-digests.txt")).toMatch(
      /^#.*\n(?:#.*\n)*[0-9a-f]{64} {2}pulumi-resource-azure-native-v2\.0\.0-linux-amd64\.tar\.gz\n(?:[0-9a-f]{64} {2}\S+\n){2}[0-9a-f]{64} {2}pulumi-v3\.1\.0-linux-x64\.tar\.gz\n$/,
    );
    expect(await install()).toMatchObject({ code: 0, stdout: `${folder}/home/bin\n` });
    expect((await read("downloads")).split("\n").slice(4, 8)).toEqual([
      "https://get.pulumi.com/releases/sdk/pulumi-v3.1.0-linux-x64.tar.gz",
      "https://get.pulumi.com/releases/plugins/pulumi-resource-azure-native-v2.0.0-linux-amd64.tar.gz",
      "https://get.pulumi.com/releases/plugins/pulumi-resource-azuread-v6.0.0-linux-amd64.tar.gz",
      "https://get.pulumi.com/releases/plugins/pulumi-resource-random-v4.0.0-linux-amd64.tar.gz",
    ]);
    expect((await read("installed")).trim().split("\n")).toEqual([
      expect.stringMatching(/^plugin install resource azure-native 2\.0\.0 --exact --file \//),
      expect.stringMatching(/^plugin install resource azuread 6\.0\.0 --exact --file \//),
      expect.stringMatching(/^plugin install resource random 4\.0\.0 --exact --file \//),
    ]);
  });

  it("runs no part of a download that was changed, or whose digest is not recorded", async () => {
    const refused = {
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^pulumi-v3\.1\.0-linux-x64\.tar\.gz does not have the digest in .*pulumi-digests\.txt, or the file has none of it\.\nAfter an upgrade of package\.json, run cli\/pipelines\/install-pulumi\.sh --record and have its change reviewed\.\n$/,
      ),
    };
    expect(await install()).toEqual(refused);
    await install(["--record"]);
    expect(await install([], { TAMPERED: "yes" })).toEqual(refused);
    expect(await read("installed")).toBe("");
  });
});
