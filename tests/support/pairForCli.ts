import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startTestAzure, type TestAzure } from "./azure";
import { firstServices } from "./pipelines/bootstrappedStacks";
import { run, runCommandIn } from "./processes";
import { projectWith, writeLandscape, writeSettings } from "./project";

/** A project with two services, its stack `dev` and a local Azure, for the Pulumi CLI and the commands that use it. */
export interface PairForCli {
  readonly azure: TestAzure["azure"];
  readonly project: string;
  /** Creates an empty stack, with these settings in addition to the pair's. @param stack default: `dev` */
  init(settings?: object, stack?: string): Promise<void>;
  /** @returns the output @throws Error with the output of a command that failed */
  pulumi(...args: string[]): Promise<string>;
  command: (name: string, ...args: string[]) => ReturnType<typeof runCommandIn>;
  /** Stops the local Azure, and removes all files. */
  remove(): Promise<void>;
}

export async function pairForCli(): Promise<PairForCli> {
  const azure = await startTestAzure();
  const state = await mkdtemp(path.join(tmpdir(), "pair-"));
  const certificates = path.join(state, "ca.pem");
  await writeFile(certificates, azure.azure.caCertificate);
  const project = await projectWith({});
  await writeLandscape(project, "pair", { services: firstServices });
  const env = {
    ...azure.azure.deployer,
    ...{ SSL_CERT_FILE: certificates, NODE_EXTRA_CA_CERTS: certificates },
    ...{ PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: "of a test" },
    ...{ ARM_USE_CLI: "false", ARM_USE_MSI: "false", ARM_USE_OIDC: "false" },
  };
  const pulumi = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run("pulumi", [...args, "--non-interactive"], { cwd: project, env });
    if (code !== 0) throw new Error(stdout + stderr);
    return stdout;
  };
  return {
    azure: azure.azure,
    project,
    pulumi,
    async init(settings, stack = "dev") {
      await writeSettings(project, stack, {
        location: "westeurope",
        landscapeFile: "pair.yaml",
        rotation: { since: "2026-11-01" },
        authority: azure.azure.authority,
        ...settings,
      });
      await pulumi("stack", "init", stack);
    },
    command: (name, ...args) => runCommandIn({ project, env }, name, ...args),
    async remove() {
      await azure.close();
      await rm(project, { recursive: true });
      await rm(state, { recursive: true });
    },
  };
}
