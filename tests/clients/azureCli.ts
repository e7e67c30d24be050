import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { TestAzure } from "@microservice-identities/test-support/azure";
import { type Finished, run } from "@microservice-identities/test-support/processes";
import { installedByPip } from "./installed";

export type Az = (...args: string[]) => Promise<Finished>;

/** The az CLI, configured only with documented environment variables. */
export async function azIn(azure: TestAzure["azure"], folder: string, env: NodeJS.ProcessEnv = {}): Promise<Az> {
  const bin = await installedByPip("azure-cli");
  const caFile = path.join(folder, "ca.pem");
  await writeFile(caFile, azure.caCertificate);
  const variables = {
    AZURE_CONFIG_DIR: path.join(folder, "az"),
    AZURE_CORE_COLLECT_TELEMETRY: "false",
    AZURE_CORE_INSTANCE_DISCOVERY: "false",
    AZURE_CORE_OUTPUT: "json",
    ARM_CLOUD_METADATA_URL: `https://${azure.host}/metadata/endpoints?api-version=2019-05-01`,
    REQUESTS_CA_BUNDLE: caFile,
    SSL_CERT_FILE: caFile,
    HTTPS_PROXY: azure.vaultProxy,
    NO_PROXY: "localhost,127.0.0.1",
    HOME: folder,
    ...env,
  };
  const az: Az = (...args) => run(path.join(bin, "az"), args, { env: variables, cwd: folder });
  const { code, stderr } = await az("cloud", "set", "--name", "LocalAzure");
  if (code !== 0) throw new Error(stderr);
  return az;
}
