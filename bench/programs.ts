import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

export const projectFolder = path.dirname(__dirname);

const settings = `config:
  microservice-identities:location: westeurope
  microservice-identities:landscapeFile: landscape.json
  microservice-identities:rotation: { since: "2026-11-01" }
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

/** The project with a landscape of so many services, each with ten calls (of all others, while there are fewer). */
export async function landscapeOf(services: number, credential: "secret" | "federated" = "secret"): Promise<string> {
  const folder = await folderWith("components", "stacks", "Pulumi.yaml");
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
  await writeFile(
    path.join(folder, "Pulumi.bench.yaml"),
    `${settings}  microservice-identities:credential: ${credential}\n`,
  );
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
  await cp(path.join(projectFolder, "components"), path.join(folder, "components"), { recursive: true });
  await cp(path.join(projectFolder, "stacks"), path.join(folder, "stacks"), { recursive: true });
  if (imports === "root")
    for (const file of await readdir(path.join(folder, "components"))) {
      const at = path.join(folder, "components", file);
      await writeFile(at, atTheRoot(await readFile(at, "utf8")));
    }
  return folder;
}

/** `import { X } from "@pulumi/p/module/x"` as people write it who do not know what it costs. */
const atTheRoot = (source: string): string =>
  source
    .replace(
      /import \{ (\w+) \} from "@pulumi\/azure-native\/(\w+)\/\w+";/g,
      'import { $2 as $2$1 } from "@pulumi/azure-native";\nimport $1 = $2$1.$1;',
    )
    .replace(/from "@pulumi\/(azuread|random)\/\w+";/g, 'from "@pulumi/$1";');
