import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectFolder } from "../cli/projectFolder";

const settings = `config:
  location: westeurope
  landscapeFile: landscape.json
  rotation: { since: "2026-11-01" }
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

/**
 * The project with a landscape of so many services, each with ten calls (of all others, while there are fewer).
 *
 * @param order `unordered` takes out what the components say of the order of creations and deletions
 */
export async function landscapeOf(
  services: number,
  credential: "secret" | "federated" = "secret",
  order: "ordered" | "unordered" = "ordered",
): Promise<string> {
  const folder = await folderWith("stacks", "Pulumi.yaml", ...(order === "ordered" ? ["components"] : []));
  if (order === "unordered") await copyComponents(folder, withoutOrder);
  const entries = Array.from({ length: services }, (_, index) => {
    const calls = Array.from({ length: Math.min(10, services - 1) }, (_, at) => `s${(index + 1 + at * 7) % services}`);
    const because = "Reads the data it needs.";
    return [
      `s${index}`,
      {
        description: `Service ${index}.`,
        appRoles: { "Data.Read": { description: "Read data." } },
        calls: Object.fromEntries(
          calls.filter((api) => api !== `s${index}`).map((api) => [api, { roles: ["Data.Read"], because }]),
        ),
      },
    ];
  });
  await writeFile(path.join(folder, "landscape.json"), JSON.stringify({ services: Object.fromEntries(entries) }));
  await writeFile(path.join(folder, "Pulumi.bench.yaml"), `${settings}  credential: ${credential}\n`);
  return folder;
}

/** A program that has nothing but the SDK: the floor. */
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

/** The dev stack as it is, or with every provider package imported at its root. */
export async function devProgram(imports: "deep" | "root"): Promise<string> {
  const folder = await folderWith("Pulumi.yaml", "Pulumi.dev.yaml");
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

/** Every resource is created when its inputs are there, and deleted by itself. */
const withoutOrder = (source: string): string =>
  source.replace(/,? *deletedWith: [\w.]+(,?)/g, "$1").replace(/dependsOn: Promise[^\n]*\n/g, "\n");

/** `import { X } from "@pulumi/p/module/x"` as people write it who do not know what it costs. */
const atTheRoot = (source: string): string =>
  source
    .replace(
      /import \{ (\w+) \} from "@pulumi\/azure-native\/(\w+)\/\w+";/g,
      'import { $2 as $2$1 } from "@pulumi/azure-native";\nimport $1 = $2$1.$1;',
    )
    .replace(/from "@pulumi\/(azuread|random)\/\w+";/g, 'from "@pulumi/$1";');
