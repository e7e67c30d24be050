import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectFolder } from "../cli/projectFolder";

/** The first day of the landscapes. */
export const rotationSince = "2026-11-01";

const settings = `config:
  location: westeurope
  landscapeFile: landscape.json
  rotation: { since: "${rotationSince}" }
`;

async function folderWith(...shared: readonly string[]): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "bench-"));
  for (const entry of ["node_modules", "package.json", ...shared])
    await symlink(path.join(projectFolder, entry), path.join(folder, entry));
  const compilerOptions = { types: ["node"] };
  const tsconfig = {
    extends: path.join(projectFolder, "tsconfig.json"),
    compilerOptions,
    include: ["stacks", "components"],
  };
  await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  return folder;
}

interface LandscapeOptions {
  /** Default: `secret`. */
  readonly credential?: "secret" | "federated";
  /** The size of the groups whose services call each other. Default: each service calls ten of all. */
  readonly groupsOf?: number;
  /** Default: `bench`. */
  readonly stack?: string;
}

/** The project with a landscape of the given number of services. Each calls ten others, or all others if there are fewer. */
export async function landscapeOf(
  services: number,
  { credential = "secret", groupsOf, stack = "bench" }: LandscapeOptions = {},
): Promise<string> {
  const folder = await folderWith("stacks", "components", "Pulumi.yaml");
  await writeLandscape(folder, services, groupsOf);
  await writeFile(path.join(folder, `Pulumi.${stack}.yaml`), `${settings}  credential: ${credential}\n`);
  return folder;
}

/** The same landscape in the style of the registry's examples: see `bench/naive`. */
export async function naiveLandscapeOf(services: number): Promise<string> {
  const folder = await folderWith();
  await symlink(path.join(projectFolder, "bench", "naive", "index.ts"), path.join(folder, "index.ts"));
  const project = "main: index.ts\nruntime: { name: nodejs, options: { typescript: false, nodeargs: --import tsx } }\n";
  await writeFile(path.join(folder, "Pulumi.yaml"), `name: naive\n${project}`);
  await writeLandscape(folder, services);
  await writeFile(path.join(folder, "Pulumi.bench.yaml"), settings);
  return folder;
}

/** How many calls each service of a landscape of this size has. */
export const callsOf = (services: number): number => Math.min(10, services - 1);

async function writeLandscape(folder: string, services: number, groupsOf = services): Promise<void> {
  const entries = Array.from({ length: services }, (_, index) => {
    const [first, size] = [index - (index % groupsOf), Math.min(groupsOf, services)];
    // A stride without a common divisor leads to a different service with each step.
    const stride = [7, 11, 13, 1].find((one) => one === 1 || size % one !== 0) ?? 1;
    const steps = Array.from({ length: size }, (_, at) => (1 + at * stride) % size).filter((step) => step > 0);
    const calls = steps.slice(0, callsOf(size)).map((step) => `s${first + ((index - first + step) % size)}`);
    const because = "Reads the data it needs.";
    return [
      `s${index}`,
      {
        description: `Service ${index}.`,
        appRoles: { "Data.Read": { description: "Read data." } },
        calls: Object.fromEntries(calls.map((api) => [api, { roles: ["Data.Read"], because }])),
      },
    ];
  });
  await writeFile(path.join(folder, "landscape.json"), JSON.stringify({ services: Object.fromEntries(entries) }));
}

/** An empty program with only the SDK: the lower bound. */
export async function emptyProgram(): Promise<string> {
  const folder = await folderWith("Pulumi.yaml");
  await mkdir(path.join(folder, "stacks"));
  await writeFile(
    path.join(folder, "stacks/index.ts"),
    'import * as pulumi from "@pulumi/pulumi";\nexport = async () => ({ stack: pulumi.getStack() });\n',
  );
  await writeFile(path.join(folder, "Pulumi.bench.yaml"), "config: {}\n");
  return folder;
}

/** The unchanged dev stack, or the dev stack with every provider package imported at its root. */
export async function devProgram(imports: "deep" | "root"): Promise<string> {
  const folder = await folderWith("packages", "Pulumi.yaml", "Pulumi.dev.yaml");
  await copyComponents(folder, imports === "root" ? atTheRoot : (source) => source);
  await cp(path.join(projectFolder, "stacks"), path.join(folder, "stacks"), { recursive: true });
  return folder;
}

async function copyComponents(folder: string, change: (source: string) => string): Promise<void> {
  const to = path.join(folder, "components");
  await cp(path.join(projectFolder, "components"), to, { recursive: true });
  for (const file of await readdir(to)) {
    const at = path.join(to, file);
    await writeFile(at, change(await readFile(at, "utf8")));
  }
}

/** Replaces `import { X } from "@pulumi/p/module/x"` by the common root import, which is slow. */
const atTheRoot = (source: string): string =>
  source
    .replace(
      /import \{ (\w+) \} from "@pulumi\/azure-native\/(\w+)\/\w+";/g,
      'import { $2 as $2$1 } from "@pulumi/azure-native";\nimport $1 = $2$1.$1;',
    )
    .replace(/from "@pulumi\/(azuread|random)\/\w+";/g, 'from "@pulumi/$1";');
