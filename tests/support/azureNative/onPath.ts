import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";
import { dependencies } from "../../../package.json";

/** Whether the azure-native plugin is installed. */
export function hasAzurePlugin(): boolean {
  const { PULUMI_HOME = path.join(homedir(), ".pulumi") } = process.env;
  return existsSync(
    path.join(PULUMI_HOME, "plugins", `resource-azure-native-v${dependencies["@pulumi/azure-native"]}`),
  );
}

/**
 * The Pulumi CLI on the PATH, if there is one. It uses the azure-native plugin if the plugin is installed. Otherwise this function
 * puts the tests' own provider for Azure on the PATH.
 */
export function pulumiWithAzure(): string | undefined {
  const cli = findPulumiCli();
  const { PATH = "" } = process.env;
  if (cli === undefined || hasAzurePlugin() || PATH.split(path.delimiter).includes(__dirname)) return cli;
  process.env.PATH = [__dirname, PATH].join(path.delimiter);
  return cli;
}
