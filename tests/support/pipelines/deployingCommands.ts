import { readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import type { Operations } from "@microservice-identities/engine/deployment/stack";
import { StackState } from "@microservice-identities/engine/deployment/stackState";
import type { DeployerEnvironment } from "@microservice-identities/engine/deployment/targetAzure";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import { differencesOf } from "@microservice-identities/proof/report";
import { parse, stringify } from "yaml";
import { converge } from "../../../cli/adoption/converge";
import { localTenant } from "../../../cli/adoption/localTenant";
import { exitCodeFor, preflight, preflightText } from "../../../cli/preflight/preflight";
import { proofText } from "../../../cli/terminal";
import { projectFolder } from "../processes";
import { prove } from "../proof";
import type { Command, CommandAnswer, CommandCall } from "./commandServer";

/** The world that the commands deploy onto, and what goes wrong in it. */
export interface DeployingWorld {
  readonly azure: LocalAzure;
  /** By the address of the backend and the stack: what the backends hold. */
  readonly states: Map<string, StackState>;
  /** The day that it is, for rotations and rules. */
  today: string;
  /** The addresses of backends that do not answer. */
  readonly unreachable: Set<string>;
  /** Ends a deployment in the middle: asked after each resource, as in `caller-app`. Nothing of it is tried again. */
  diesAfter?: (stack: string, name: string) => boolean;
  /** What else happens after a resource, as `caller-application`, in a deployment that goes on. */
  after?: (stack: string, name: string) => void;
}

/**
 * The commands of our workflows, carried out: reviews by the project's own programs, deployments by the built-in engine onto the
 * local Azure, signed in with the tokens that the job asks for. The policy pack needs the Pulumi CLI and is left out.
 */
export function deployingCommands(world: DeployingWorld): Record<string, Command> {
  const program =
    (file: string): Command =>
    ({ args }) => {
      const options = args.includes("--") ? args.slice(args.indexOf("--") + 1) : [];
      const dated = /review|expiry/.test(file) ? ["--date", world.today] : [];
      return { run: [process.execPath, "--import", "tsx", file, ...options, ...dated] };
    };
  const nothing: Command = () => undefined;
  const scripts = {
    review: "cli/review.ts",
    expiry: "cli/expiry.ts",
    "pull-request-comment": "cli/pullRequestComment.ts",
  };
  return {
    "npm ci": async ({ folder }) => {
      await rm(path.join(folder, "node_modules"), { force: true });
      await symlink(path.join(projectFolder, "node_modules"), path.join(folder, "node_modules"));
      return undefined;
    },
    ...{ "npm run typecheck": nothing, "npm run lint": nothing, "npm test": nothing },
    ...Object.fromEntries(
      Object.entries(scripts).flatMap(([name, file]) => [
        [`npm run ${name}`, program(file)],
        [`npm run --silent ${name}`, program(file)],
      ]),
    ),
    "npm run --silent preflight": (call) => runPreflight(world, call),
    "npm run up": (call) => runUp(world, call),
    "npm run --silent up": (call) => runUp(world, call),
    "npm run verify": (call) => runProof(world, call),
    "pulumi login": ({ environment: { PULUMI_BACKEND_URL = "" } }) => reach(world, PULUMI_BACKEND_URL),
    "pulumi config set": setConfig,
    "pulumi preview": (call) => runPreview(world, call),
    "pulumi refresh": (call) => runRefresh(world, call),
    "pulumi stack output": (call) => ({ stdout: `${JSON.stringify(stateOf(world, call).outputs)}\n` }),
  };
}

const stackIn = ({ args }: CommandCall): string => args[args.indexOf("--stack") + 1] ?? "";

function reach({ unreachable }: DeployingWorld, address: string): CommandAnswer {
  if (!unreachable.has(address)) return {};
  return { code: 255, stderr: `error: could not open the backend ${address}: connection refused\n` };
}

function stateOf(world: DeployingWorld, call: CommandCall): StackState {
  const { PULUMI_BACKEND_URL = "" } = call.environment;
  if (world.unreachable.has(PULUMI_BACKEND_URL))
    throw new Error(`error: could not open the backend ${PULUMI_BACKEND_URL}: connection refused`);
  const key = `${PULUMI_BACKEND_URL} ${stackIn(call)}`;
  const state = world.states.get(key) ?? new StackState();
  world.states.set(key, state);
  return state;
}

async function readSettings({ folder, ...call }: CommandCall) {
  const file = path.join(folder, `Pulumi.${stackIn({ folder, ...call })}.yaml`);
  return { file, settings: parse(await readFile(file, "utf8")) as { config: Record<string, unknown> } };
}

/** As the CLI does it: in the stack's file, by the key with the project's name. */
const setConfig: Command = async (call) => {
  const [key = "", value] = call.args.slice(-2);
  const { file, settings } = await readSettings(call);
  settings.config[key.includes(":") ? key : `microservice-identities:${key}`] = value;
  await writeFile(file, stringify(settings));
  return undefined;
};

/** Signs in as the providers do: with a token that the job asks GitHub for. @throws Error if the job may not */
async function signIn(
  { azure }: DeployingWorld,
  { environment }: CommandCall,
  clientId: string,
): Promise<DeployerEnvironment> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = environment;
  if (!address) throw new Error("the job may not ask for a token: id-token is not among its permissions");
  const response = await fetch(`${address}&audience=api://AzureADTokenExchange`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { value } = (await response.json()) as { value: string };
  return { ...azure.deployer, ARM_CLIENT_ID: clientId, ARM_CLIENT_SECRET: "", ARM_OIDC_TOKEN: value };
}

async function openStack(world: DeployingWorld, call: CommandCall, state = stateOf(world, call)) {
  const { settings } = await readSettings(call);
  const registrar = await signIn(world, call, `${settings.config["azuread:clientId"]}`);
  const signedIn = await signIn(world, call, call.environment.ARM_CLIENT_ID ?? "");
  const options = { azure: world.azure, projectFolder: call.folder, stack: stackIn(call), registrar, signedIn };
  return { stack: new BuiltInStack(options, undefined, state), registrar };
}

const configOf = ({ today, azure }: DeployingWorld) => ({ date: today, authority: azure.authority });

async function runPreflight(world: DeployingWorld, call: CommandCall): Promise<CommandAnswer> {
  const { stack, registrar } = await openStack(world, call);
  const tenant = await localTenant({ ...world.azure, deployer: registrar });
  try {
    const wanted = await evaluateOffline(call.folder, stackIn(call));
    const survey = { stack: stackIn(call), wanted, tenant, state: await stack.resources() };
    const outcome = await preflight(survey, new Date(world.today));
    return { code: exitCodeFor(outcome), stdout: `${preflightText(outcome)}\n` };
  } finally {
    await tenant.close();
  }
}

async function runUp(world: DeployingWorld, call: CommandCall): Promise<CommandAnswer> {
  const checked: CommandAnswer = call.args.includes("--skip-preflight") ? {} : await runPreflight(world, call);
  // What could not be read needs permissions that the bootstrap does not give.
  if (checked.code === 1) return checked;
  const { stack, registrar } = await openStack(world, call);
  if (world.diesAfter) return dying(world, call, stack);
  const up = stack.up.bind(stack);
  stack.up = (options) => up({ ...options, onResource: ({ name }) => world.after?.(stackIn(call), name) });
  const tenant = await localTenant({ ...world.azure, deployer: registrar });
  let notes = "";
  try {
    const wanted = await evaluateOffline(call.folder, stackIn(call));
    const { operations } = await converge(stack, {
      ...{ wanted, tenant, pauseSeconds: 0, config: configOf(world) },
      onNote: (line) => (notes += `== ${line}\n`),
    });
    return { stdout: `${notes}${textOf(operations)}\n` };
  } catch (error) {
    return { code: 1, stdout: notes, stderr: `${(error as Error).message}\n` };
  } finally {
    await tenant.close();
  }
}

async function dying(world: DeployingWorld, call: CommandCall, stack: BuiltInStack): Promise<CommandAnswer> {
  const onResource = ({ name }: { readonly name: string }) => {
    if (world.diesAfter?.(stackIn(call), name)) throw new Error("the machine is gone");
  };
  await stack.up({ config: configOf(world), onResource }).catch(() => undefined);
  // As of a process that was killed.
  return { code: 137 };
}

const textOf = ({ same: _, ...changes }: Operations): string =>
  Object.entries(changes)
    .map(([operation, count]) => `${count} ${operation}`)
    .join(", ");
const changes = ({ same: _, ...others }: Operations): number =>
  Object.values(others).reduce((sum, count) => sum + count, 0);

/** A state that a command may change without keeping it. */
function copyOf(state: StackState): StackState {
  const copy = new StackState();
  copy.outputs = state.outputs;
  for (const [urn, resource] of state.resources) copy.resources.set(urn, resource);
  return copy;
}

async function runPreview(world: DeployingWorld, call: CommandCall): Promise<CommandAnswer> {
  const { stack } = await openStack(world, call, copyOf(stateOf(world, call)));
  if (call.args.includes("--refresh")) await stack.refresh();
  const operations = await stack.preview({ config: configOf(world) });
  const unexpected = call.args.includes("--expect-no-changes") && changes(operations) > 0;
  return { code: unexpected ? 255 : 0, stdout: `${textOf(operations)}\n`, stderr: unexpected ? noChanges : "" };
}

async function runRefresh(world: DeployingWorld, call: CommandCall): Promise<CommandAnswer> {
  const { stack } = await openStack(world, call, copyOf(stateOf(world, call)));
  const drifted = await stack.refresh();
  return { code: drifted > 0 ? 255 : 0, stdout: `${drifted} drifted\n`, stderr: drifted > 0 ? noChanges : "" };
}
const noChanges = "error: no changes were expected but changes were proposed\n";

async function runProof(world: DeployingWorld, { args, folder }: CommandCall): Promise<CommandAnswer> {
  const file = path.join(folder, args[args.indexOf("--outputs") + 1] ?? "");
  const report = await prove(world.azure, JSON.parse(await readFile(file, "utf8")));
  return { code: differencesOf(report).length === 0 ? 0 : 1, stdout: `${proofText(report)}\n` };
}
