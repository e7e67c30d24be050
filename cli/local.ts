import { type EngineChoice, openStack } from "@microservice-identities/engine/deployment/openStack";
import type { ConnectionFolder } from "@microservice-identities/local-azure/connectionFolder";
import { connectionText, keepRunning } from "@microservice-identities/local-azure/keepRunning";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { folderOption, portOption } from "@microservice-identities/local-azure/runningOptions";
import { StartError } from "@microservice-identities/local-azure/startError";
import { provableStack } from "@microservice-identities/proof/directory";
import { CommandError, type DeployingOptions, deployingCommand, exitCodeOf, localConfig, readFaults } from "./command";
import { Phases } from "./phases";
import { projectFolder } from "./projectFolder";
import { deploymentText } from "./terminal";

interface LocalOptions extends DeployingOptions {
  readonly stack: string;
  readonly port: number;
  readonly deploy: boolean;
  readonly folder: string;
}

async function local({ stack, engine, port, deploy, folder, ...options }: LocalOptions): Promise<number> {
  const faults = readFaults(options.faults);
  const phases = new Phases();
  const start = () => phases.run("Start the local Azure", () => startLocalAzure({ port, faults }));
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
  const { directory, tenantId } = provableStack.parse(outputs);
  const identities = [...azure.subscription.identities.values()];
  for (const [name, { clientId, identityClientId, vaultUri, credential, calls }] of Object.entries(directory)) {
    const own = identities.find((identity) => identity.clientId === identityClientId);
    await connection.writeService(name, {
      ...azure.workloadHost(own ? [own.id] : []),
      AZURE_CLIENT_ID: identityClientId,
      AZURE_TENANT_ID: tenantId,
      AZURE_AUTHORITY_HOST: azure.authority,
      SERVICE_CLIENT_ID: clientId,
      SERVICE_CREDENTIAL: credential.kind,
      ...(vaultUri === undefined ? {} : { SERVICE_VAULT_URI: vaultUri }),
      ...(credential.kind === "federated" ? {} : { SERVICE_SECRET_NAME: credential.secretName }),
      ...(credential.kind === "certificate" ? { SERVICE_CERTIFICATE_THUMBPRINT: credential.thumbprint } : {}),
      SERVICE_SCOPES: Object.keys(calls)
        .map((api) => directory[api]?.scope ?? "")
        .join(" "),
      SERVICE_APIS: JSON.stringify(Object.fromEntries(Object.keys(calls).map((api) => [api, directory[api]?.scope]))),
      SERVICE_TLS_CERTIFICATE_FILE: connection.tls.certificateFile,
      SERVICE_TLS_KEY_FILE: connection.tls.keyFile,
    });
  }
  return Object.keys(directory);
}

function servicesText(folder: string, services: readonly string[]): string[] {
  const example = services.includes("fulfillment") ? "fulfillment" : services[0];
  if (example === undefined) return [];
  return [`  set -a; . ${folder}/services/${example}.env; set +a  # as a service: ${services.join(", ")}`];
}

deployingCommand(
  "local",
  "Keeps a local Azure running for other clients, with a stack deployed onto it.\nExit codes: 0 stopped, 2 could not start.",
)
  .addOption(portOption)
  .addOption(folderOption)
  .option("--no-deploy", "do not deploy a stack")
  .action((options: LocalOptions) => exitCodeOf(local(options)))
  .parse();
