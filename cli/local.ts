import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type EngineChoice, openStack } from "@microservice-identities/engine/deployment/openStack";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { provableStack } from "@microservice-identities/proof/directory";
import { InvalidArgumentError } from "commander";
import { CommandError, type DeployingOptions, deployingCommand, exitCodeOf, localConfig, readFaults } from "./command";
import { Phases } from "./phases";
import { deploymentText } from "./terminal";

interface LocalOptions extends DeployingOptions {
  readonly stack: string;
  readonly port: number;
  readonly deploy: boolean;
  readonly folder: string;
}

const projectFolder = path.dirname(__dirname);

async function keepRunning({ stack, engine, port, deploy, folder, ...options }: LocalOptions): Promise<number> {
  const faults = readFaults(options.faults);
  const phases = new Phases();
  const stopped = new AbortController();
  // For good, not once: the terminal library ends the process when it finds no other listener left.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopped.abort());
  const azure = await phases.run("Start the local Azure", () =>
    startLocalAzure({ port, faults }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "EADDRINUSE"
        ? new CommandError(`port ${port} is taken: choose another with --port, or leave it out`)
        : error;
    }),
  );
  const connection = new ConnectionFolder(path.resolve(folder), azure);
  try {
    await connection.writeDeployer();
    const services = deploy ? await deployed(azure, stack, engine, phases, connection) : [];
    if (!stopped.signal.aborted) {
      console.log(connectionText(azure, folder, services));
      await once(stopped.signal, "abort");
    }
    return 0;
  } finally {
    await connection.remove();
    await azure.close();
    console.log("The local Azure has stopped, and everything in it is gone.");
  }
}

/** @returns the names of the services */
async function deployed(
  azure: LocalAzure,
  stack: string,
  engine: EngineChoice,
  phases: Phases,
  connection: ConnectionFolder,
): Promise<string[]> {
  const deployer = await openStack(engine, { azure, projectFolder, stack });
  try {
    const result = await phases.run(`Deploy stack ${stack}`, (progress) =>
      deployer.up({ config: localConfig(azure), onResource: ({ name }) => progress(name) }),
    );
    console.log(`\n${deploymentText(result)}`);
    return await connection.writeServices(result.outputs);
  } finally {
    await deployer.dispose();
  }
}

const ownFiles: readonly string[] = ["pid", "ca.pem", "tls.crt", "tls.key", "deployer.env", "services"];

/** Signal 0 only asks. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Files that tell clients how to connect. They hold secrets: only this user can read them, and they go when it stops. */
class ConnectionFolder {
  private readonly caFile: string;
  private claimed = false;

  constructor(
    private readonly folder: string,
    private readonly azure: LocalAzure,
  ) {
    this.caFile = path.join(folder, "ca.pem");
  }

  /** @throws CommandError when the folder is somebody else's */
  async writeDeployer(): Promise<void> {
    await this.claim();
    await mkdir(path.join(this.folder, "services"), { recursive: true, mode: 0o700 });
    await chmod(this.folder, 0o700);
    await writeFile(path.join(this.folder, "pid"), String(process.pid));
    await writeFile(this.caFile, this.azure.caCertificate);
    // What a service on loopback shows to those who trust this Azure.
    const { key, cert } = await this.azure.serverCertificate();
    await writeFile(path.join(this.folder, "tls.crt"), cert);
    await writeFile(path.join(this.folder, "tls.key"), key, { mode: 0o600 });
    await this.write("deployer.env", { ...this.azure.deployer, ...this.trust });
  }

  async writeServices(outputs: Readonly<Record<string, unknown>>): Promise<string[]> {
    const { directory, tenantId } = provableStack.parse(outputs);
    const { identities } = this.azure.subscription;
    for (const [name, { clientId, identityClientId, vaultUri, credential, calls }] of Object.entries(directory)) {
      const own = [...identities.values()].find((identity) => identity.clientId === identityClientId);
      await this.write(`services/${name}.env`, {
        ...this.azure.workloadHost(own ? [own.id] : []),
        AZURE_CLIENT_ID: identityClientId,
        AZURE_TENANT_ID: tenantId,
        AZURE_AUTHORITY_HOST: this.azure.authority,
        SERVICE_CLIENT_ID: clientId,
        SERVICE_CREDENTIAL: credential.kind,
        ...(vaultUri === undefined ? {} : { SERVICE_VAULT_URI: vaultUri }),
        ...(credential.kind === "federated" ? {} : { SERVICE_SECRET_NAME: credential.secretName }),
        ...(credential.kind === "certificate" ? { SERVICE_CERTIFICATE_THUMBPRINT: credential.thumbprint } : {}),
        SERVICE_SCOPES: Object.keys(calls)
          .map((api) => directory[api]?.scope ?? "")
          .join(" "),
        SERVICE_APIS: JSON.stringify(Object.fromEntries(Object.keys(calls).map((api) => [api, directory[api]?.scope]))),
        SERVICE_TLS_CERTIFICATE_FILE: path.join(this.folder, "tls.crt"),
        SERVICE_TLS_KEY_FILE: path.join(this.folder, "tls.key"),
        ...this.trust,
      });
    }
    return Object.keys(directory);
  }

  /** Takes away what it has written, and nothing else. */
  async remove(): Promise<void> {
    if (!this.claimed) return;
    for (const name of ownFiles) await rm(path.join(this.folder, name), { recursive: true, force: true });
    await rmdir(this.folder);
  }

  /** What a run that was killed left behind is overwritten; what else is there is not ours to touch. */
  private async claim(): Promise<void> {
    const present = await readdir(this.folder).catch((error: NodeJS.ErrnoException): string[] => {
      if (error.code === "ENOENT") return [];
      throw new CommandError(`--folder: cannot use ${this.folder}: ${error.message}`);
    });
    const foreign = present.find((name) => !ownFiles.includes(name));
    if (foreign !== undefined)
      throw new CommandError(
        `--folder: ${this.folder} holds ${foreign}; allowed: a folder that is empty, or not there`,
      );
    if (present.includes("pid")) {
      const pid = Number(await readFile(path.join(this.folder, "pid"), "utf8"));
      if (isRunning(pid))
        throw new CommandError(
          `--folder: ${this.folder} is in use by process ${pid}: stop it, or choose another folder`,
        );
    }
    this.claimed = true;
  }

  private get trust() {
    return { NODE_EXTRA_CA_CERTS: this.caFile, SSL_CERT_FILE: this.caFile, REQUESTS_CA_BUNDLE: this.caFile };
  }

  private write(name: string, variables: Readonly<Record<string, string>>): Promise<void> {
    const lines = Object.entries(variables).map(([key, value]) => `${key}='${value}'\n`);
    return writeFile(path.join(this.folder, name), lines.join(""), { mode: 0o600 });
  }
}

function connectionText(
  { host, authority, tenantId, subscriptionId }: LocalAzure,
  folder: string,
  services: readonly string[],
): string {
  const example = services.includes("fulfillment") ? "fulfillment" : services[0];
  return [
    "",
    `The local Azure is ready. Stop it with Ctrl+C.`,
    "",
    `  metadata host    ${host}`,
    `  authority        ${authority}/${tenantId}`,
    `  Microsoft Graph  ${authority}/graph/v1.0`,
    `  subscription     ${authority}/subscriptions/${subscriptionId}`,
    "",
    "Connect in another terminal; the files hold secrets and go away with it:",
    "",
    `  set -a; . ${folder}/deployer.env; set +a              # as the deployer: pulumi, Graph, Resource Manager`,
    ...(example
      ? [`  set -a; . ${folder}/services/${example}.env; set +a  # as a service: ${services.join(", ")}`]
      : []),
    "",
  ].join("\n");
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError("Allowed: a whole number from 0 to 65535; 0 is any free port.");
}

deployingCommand(
  "local",
  "Keeps a local Azure running for other clients, with a stack deployed onto it.\nExit codes: 0 stopped, 2 could not start.",
)
  .option("-p, --port <port>", "the port of Entra, Graph and Resource Manager; 0 is any free one", portNumber, 0)
  .option("--no-deploy", "leave it empty, for a deployment of your own")
  .option("-f, --folder <folder>", "where the files for clients go", ".local-azure")
  .action((options: LocalOptions) => exitCodeOf(keepRunning(options)))
  .parse();
