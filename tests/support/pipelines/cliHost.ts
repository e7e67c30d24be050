import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Agent, fetch } from "undici";
import { stringify } from "yaml";
import { pulumiWithAzure } from "../azureNative/onPath";
import type { Command, CommandAnswer, CommandCall } from "./commandServer";
import {
  askForToken,
  commonCommands,
  configOf,
  type DeploymentContext,
  type DeploymentHost,
  optionsIn,
  readSettings,
  stackIn,
} from "./commonCommands";

/**
 * Executes the commands of the pipelines with the Pulumi CLI on the PATH, the real providers azuread and random, the policy pack,
 * and the sign-in of the job. A folder replaces each storage account with a backend, and a passphrase replaces the key in Key
 * Vault that encrypts the state.
 */
export async function cliHost(context: DeploymentContext): Promise<DeploymentHost> {
  const cli = pulumiWithAzure() ?? "";
  const folder = await mkdtemp(path.join(tmpdir(), "cli-host-"));
  const certificates = path.join(folder, "ca.pem");
  await writeFile(certificates, context.azure.caCertificate);
  const folderOf = (backend: string) => path.join(folder, "backends", backend.replace(/^azblob:\/\//, ""));

  const environmentOf = async ({ PULUMI_BACKEND_URL = "", ...environment }: NodeJS.ProcessEnv) => {
    await mkdir(folderOf(PULUMI_BACKEND_URL), { recursive: true });
    return {
      ...environment,
      // The real CLI and its plugins come before the programs that replace them in the tests.
      PATH: [process.env.PATH, environment.PATH].join(path.delimiter),
      HOME: folder,
      PULUMI_HOME: path.join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${folderOf(PULUMI_BACKEND_URL)}`,
      PULUMI_CONFIG_PASSPHRASE: "of a test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      ARM_METADATA_HOSTNAME: context.azure.deployer.ARM_METADATA_HOSTNAME,
      SSL_CERT_FILE: certificates,
      NODE_EXTRA_CA_CERTS: certificates,
    };
  };
  const run = async (call: CommandCall, file: string, args: readonly string[]): Promise<CommandAnswer> =>
    finished(file, args, call.folder, await environmentOf(call.environment), (name) => {
      context.after?.(stackIn(call), name);
      return context.stopsAfter?.(stackIn(call), name) ?? false;
    });
  const pulumi: Command = (call) => run(call, cli, call.args);
  const program =
    (file: string): Command =>
    async (call) => {
      await writeToday(context, call);
      return run(call, process.execPath, ["--import", "tsx", file, ...optionsIn(call.args)]);
    };

  // The identity as which azure/login signed in, by the bearer token with which the job requests id tokens.
  const signedIn = new Map<string, string>();
  /** The identity as which the Azure CLI is signed in. On Azure DevOps the task signs in, and on GitHub the action. */
  const loginOf = async (environment: NodeJS.ProcessEnv): Promise<Login | undefined> => {
    const { servicePrincipalId, idToken, ACTIONS_ID_TOKEN_REQUEST_TOKEN = "" } = environment;
    if (servicePrincipalId && idToken) return { clientId: servicePrincipalId, idToken };
    const clientId = signedIn.get(ACTIONS_ID_TOKEN_REQUEST_TOKEN);
    return clientId === undefined ? undefined : { clientId, idToken: await askForToken(environment) };
  };
  return {
    commands: {
      ...commonCommands(context),
      "npm run --silent preflight": program("cli/preflight.ts"),
      "npm run up": program("cli/up.ts"),
      "npm run --silent up": program("cli/up.ts"),
      ...{
        "pulumi login": pulumi,
        "pulumi config set": pulumi,
        "pulumi stack output": pulumi,
        "pulumi refresh": pulumi,
      },
      "pulumi preview": async (call) => {
        await writeToday(context, call);
        return pulumi(call);
      },
      "az account get-access-token": async ({ args, environment }) => {
        const login = await loginOf(environment);
        if (!login) return { code: 1, stderr: "ERROR: Please run 'az login' to setup account.\n" };
        const resource = args[args.indexOf("--resource") + 1] ?? "";
        return { stdout: await azureCliToken(context, resource, login) };
      },
    },
    actions: {
      "azure/login": async ({ inputs, environment }) => {
        signedIn.set(environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? "", inputs["client-id"] ?? "");
        return undefined;
      },
    },
    async prepare(project, stacks) {
      for (const stack of stacks) {
        const env = await environmentOf({ PULUMI_BACKEND_URL: `azblob://state-${stack}`, PATH: "/usr/bin:/bin" });
        const { code, stderr } = await finished(cli, ["stack", "init", stack, "--non-interactive"], project, env);
        if (code !== 0) throw new Error(`pulumi stack init ${stack}: ${stderr}`);
      }
    },
    async afterKill(stack) {
      const env = await environmentOf({ PULUMI_BACKEND_URL: `azblob://state-${stack}`, PATH: "/usr/bin:/bin" });
      const named = `organization/microservice-identities/${stack}`;
      const { code, stderr } = await finished(cli, ["cancel", "--stack", named, "--yes"], folder, env);
      if (code !== 0) throw new Error(`pulumi cancel --stack ${named}: ${stderr}`);
    },
    async backends() {
      const names = await readdir(path.join(folder, "backends"));
      const found = names.map(async (name) => {
        const stacks = path.join(folder, "backends", name, ".pulumi", "stacks");
        const files = await readdir(stacks, { recursive: true });
        return files
          .filter((file) => /\.json(\.zst)?$/.test(file))
          .map((file) => `azblob://${name} ${path.basename(file).split(".")[0]}`);
      });
      return (await Promise.all(found)).flat().sort();
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Writes into the stack's settings the values that a test decides: the day, and the address of Entra. */
async function writeToday(context: DeploymentContext, call: CommandCall): Promise<void> {
  const { file, settings } = await readSettings(call);
  for (const [name, value] of Object.entries(configOf(context)))
    settings.config[`microservice-identities:${name}`] = value;
  await writeFile(file, stringify(settings));
}

/** Runs a program. @param kills whether to kill the program and its children after the given resource is created. Default: never */
async function finished(
  file: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  kills: (resource: string) => boolean = () => false,
): Promise<Required<Omit<CommandAnswer, "run">>> {
  // In its own process group, so that all of its processes can be killed together.
  const child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let [stdout, stderr, seen] = ["", "", 0];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    const lines = stdout.slice(seen).split("\n");
    seen = stdout.length - (lines.pop()?.length ?? 0);
    const created = lines.flatMap((line) => /^ \+ +\S+ (\S+) created\b/.exec(line)?.[1] ?? []);
    if (created.some(kills) && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  });
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code: code ?? 137, stdout, stderr };
}

interface Login {
  readonly clientId: string;
  readonly idToken: string;
}

/** Signs in with the job's token. @returns the access token as the Azure CLI prints it */
async function azureCliToken(
  { azure }: DeploymentContext,
  resource: string,
  { clientId, idToken }: Login,
): Promise<string> {
  const dispatcher = new Agent({ connect: { ca: azure.caCertificate } });
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_assertion: idToken,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    scope: `${resource}/.default`,
  });
  try {
    const address = `${azure.authority}/${azure.tenantId}/oauth2/v2.0/token`;
    const response = await fetch(address, { method: "POST", body: form, dispatcher });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`ERROR: ${answer.error_description}`);
    const ends = new Date(Date.now() + 1000 * Number(answer.expires_in));
    return JSON.stringify({
      accessToken: answer.access_token,
      expiresOn: ends.toISOString().replace("T", " ").replace("Z", "000"),
      expires_on: Math.floor(ends.getTime() / 1000),
      subscription: azure.subscriptionId,
      tenant: azure.tenantId,
      tokenType: "Bearer",
    });
  } finally {
    await dispatcher.close();
  }
}
