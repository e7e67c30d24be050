import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import type { TestAzure } from "./azure";
import { type Finished, projectFolder, run } from "./processes";

/** A project for the Pulumi CLI that deploys onto a local Azure, with its own state. */
export interface CliProject {
  readonly folder: string;
  pulumi(...args: string[]): Promise<Finished>;
  /** Removes its files. */
  remove(): Promise<void>;
}

/** @param more further keys of `Pulumi.yaml`. The program is `index.ts` */
export async function cliProject({ azure }: TestAzure, name: string, more: object = {}): Promise<CliProject> {
  const folder = await mkdtemp(path.join(tmpdir(), `${name}-`));
  const certificates = path.join(folder, "ca.pem");
  await symlink(path.join(projectFolder, "node_modules"), path.join(folder, "node_modules"));
  const runtime = { name: "nodejs", options: { typescript: false, nodeargs: "--import tsx" } };
  await writeFile(path.join(folder, "Pulumi.yaml"), stringify({ name, main: "index.ts", runtime, ...more }));
  await writeFile(certificates, azure.caCertificate);
  const env = {
    ...azure.deployer,
    SSL_CERT_FILE: certificates,
    NODE_EXTRA_CA_CERTS: certificates,
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "of a test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    ARM_USE_CLI: "false",
    ARM_USE_MSI: "false",
    ARM_USE_OIDC: "false",
  };
  return {
    folder,
    pulumi: (...args) => run("pulumi", [...args, "--non-interactive"], { cwd: folder, env }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
