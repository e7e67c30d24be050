import { type EngineChoice, openStack } from "@microservice-identities/engine/deployment/openStack";
import type { ConnectionFolder } from "@microservice-identities/local-azure/connectionFolder";
import { connectionText, keepRunning } from "@microservice-identities/local-azure/keepRunning";
import {
  defaultDeployerPermissions,
  type LocalAzure,
  startLocalAzure,
} from "@microservice-identities/local-azure/localAzure";
import { folderOption, portOption } from "@microservice-identities/local-azure/runningOptions";
import { StartError } from "@microservice-identities/local-azure/startError";
import { provableStack } from "@microservice-identities/proof/directory";
import { serviceVariables } from "../components/serviceVariables";
import { CommandError, exitCodeOf, runIfProgram } from "./command";
import { type DeployingOptions, deployingCommand, localConfig, readFaults, readPolicies } from "./deployingCommand";
import { grantState } from "./grantState";
import { Phases } from "./phases";
import { projectFolder } from "./projectFolder";
import { deploymentText } from "./terminal";

interface LocalOptions extends DeployingOptions {
  readonly stack: string;
  readonly port: number;
  readonly deploy: boolean;
  readonly folder: string;
}

/** `npm run usage -- --from-tenant` reads the sign-ins. */
const deployerPermissions = [...defaultDeployerPermissions, "AuditLog.Read.All"];

async function local({ stack, engine, port, deploy, folder, ...options }: LocalOptions): Promise<number> {
  const faults = readFaults(options.faults);
  const policies = readPolicies(options.policies);
  const phases = new Phases();
  const start = () =>
    phases.run("Start the local Azure", () =>
      startLocalAzure({ port, faults, policies, deployerPermissions, cloud: options.cloud }),
    );
  await keepRunning({ port, folder, start }, async ({ azure, connection, stopped }) => {
    const services = deploy ? await deployed(azure, stack, engine, phases, connection) : [];
    if (!stopped.aborted)
      console.log([connectionText(azure, folder), ...servicesText(folder, services), ""].join("\n"));
  }).catch((error) => {
    throw error instanceof StartError ? new CommandError(error.message) : error;
  });
  return 0;
}

/** @returns the names of the services */
async function deployed(
  azure: LocalAzure,
  stack: string,
  engine: EngineChoice,
  phases: Phases,
  connection: ConnectionFolder,
): Promise<string[]> {
  const opened = await openStack(engine, { azure, projectFolder, stack });
  try {
    const result = await phases.run(`Deploy stack ${stack}`, (progress) =>
      opened.up({ config: localConfig(azure), onResource: ({ name }) => progress(name) }),
    );
    console.log(`\n${deploymentText(result)}`);
    await connection.writeState(grantState(await opened.resources()));
    return await writeServices(result.outputs, azure, connection);
  } finally {
    await opened.dispose();
  }
}

/** The environment variables that a platform would set for each service. */
async function writeServices(
  outputs: Readonly<Record<string, unknown>>,
  azure: LocalAzure,
  connection: ConnectionFolder,
): Promise<string[]> {
  const stack = provableStack.parse(outputs);
  const identities = [...azure.subscription.identities.values()];
  for (const [name, { identityClientId, workload }] of Object.entries(stack.directory)) {
    const own = identities.find((identity) => identity.clientId === identityClientId);
    const [account] = workload?.kubernetes ?? [];
    const projected = account && (await projectedToken(azure, connection, name, account));
    await connection.writeService(name, {
      ...(projected ?? azure.workloadHost(own ? [own.id] : [])),
      ...serviceVariables(stack, name),
      SERVICE_TLS_CERTIFICATE_FILE: connection.tls.certificateFile,
      SERVICE_TLS_KEY_FILE: connection.tls.keyFile,
    });
  }
  return Object.keys(stack.directory);
}

/** The token file that Kubernetes gives a pod. Nobody renews the token here, so it is valid for a day, the maximum that Entra accepts. */
async function projectedToken(
  azure: LocalAzure,
  connection: ConnectionFolder,
  name: string,
  { issuer, namespace, serviceAccount }: { issuer: string; namespace: string; serviceAccount: string },
): Promise<Record<string, string>> {
  const cluster = await azure.clusterIssuer(issuer);
  const exp = Math.floor(azure.tenant.now.getTime() / 1000) + 86_400;
  const file = await connection.writeToken(name, await cluster.token(namespace, serviceAccount, { exp }));
  return { AZURE_FEDERATED_TOKEN_FILE: file };
}

function servicesText(folder: string, services: readonly string[]): string[] {
  const example = services.includes("fulfillment") ? "fulfillment" : services[0];
  if (example === undefined) return [];
  return [`  set -a; . ${folder}/services/${example}.env; set +a  # as a service: ${services.join(", ")}`];
}

export const localCommand = deployingCommand("local", {
  does: "Deploys a stack onto a local Azure, and keeps it running for other clients until Ctrl+C.",
  exitCodes: { 0: "stopped", 2: "it could not start" },
  example: "npm run local -- --port 8443 --no-deploy",
})
  .addOption(portOption)
  .addOption(folderOption)
  .option("--no-deploy", "do not deploy a stack")
  .action((options: LocalOptions) => exitCodeOf(local(options)));
runIfProgram(__filename, localCommand);
