import { cp, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { projectFolder } from "./processes";

/** Copies the bootstrap and its imports into a new folder. @returns the folder. The Pulumi project is in its folder `bootstrap/` */
export async function bootstrapProject(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "bootstrap-"));
  for (const shared of ["node_modules", "components", "packages", "tsconfig.json"])
    await symlink(path.join(projectFolder, shared), path.join(folder, shared));
  await cp(path.join(projectFolder, "bootstrap"), path.join(folder, "bootstrap"), { recursive: true });
  return folder;
}

/** The default settings: West Europe, and the jobs of the repository acme/shop. */
export async function writeBootstrapSettings(folder: string, stack: string, settings: object): Promise<void> {
  const config = Object.entries({ location: "westeurope", githubSubject: "repo:acme/shop", ...settings });
  const named = Object.fromEntries(config.map(([key, value]) => [`microservice-identities-bootstrap:${key}`, value]));
  await writeFile(path.join(folder, `bootstrap/Pulumi.${stack}.yaml`), stringify({ config: named }));
}
