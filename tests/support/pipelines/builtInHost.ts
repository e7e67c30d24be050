import { writeFile } from "node:fs/promises";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import type { Operations } from "@microservice-identities/engine/deployment/stack";
import { StackState } from "@microservice-identities/engine/deployment/stackState";
import type { DeployerEnvironment } from "@microservice-identities/engine/deployment/targetAzure";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { stringify } from "yaml";
import { converge } from "../../../cli/adoption/converge";
import { localTenant } from "../../../cli/adoption/localTenant";
import { exitCodeFor, preflight, preflightText } from "../../../cli/preflight/preflight";
import type { Command, CommandAnswer, CommandCall } from "./commandServer";
import {
  askForToken,
  commonCommands,
  configOf,
  type DeploymentHost,
  readSettings,
  stackIn,
  type World,
} from "./commonCommands";

/** The world, and what a host without a CLI keeps of it. */
interface DeployingWorld extends World {
  /** The states in the backends, by the address of the backend and the stack. */
  readonly states: Map<string, StackState>;
}

/**
 * The commands of our pipelines, carried out: reviews by the project's own programs, deployments by the built-in engine onto the
 * local Azure, signed in with the tokens that the job has or asks for. The policy pack needs the Pulumi CLI and is left out.
 */
export function builtInHost(given: World): DeploymentHost {
  const world: DeployingWorld = Object.assign(given, { states: new Map<string, StackState>() });
  const commands: Record<string, Command> = {
    ...commonCommands(world),
    "npm run --silent preflight": (call) => runPreflight(world, call),
    "npm run up": (call) => runUp(world, call),
    "npm run --silent up": (call) => runUp(world, call),
    "pulumi login": () => undefined,
    "pulumi config set": setConfig,
    "pulumi preview": (call) => runPreview(world, call),
    "pulumi refresh": (call) => runRefresh(world, call),
    "pulumi stack output": (call) => ({ stdout: `${JSON.stringify(stateOf(world, call).outputs)}\n` }),
  };
  return { commands, backends: async () => [...world.states.keys()].sort() };
}

function stateOf(world: DeployingWorld, call: CommandCall): StackState {
  const { PULUMI_BACKEND_URL = "" } = call.environment;
  const key = `${PULUMI_BACKEND_URL} ${stackIn(call)}`;
  const state = world.states.get(key) ?? new StackState();
  world.states.set(key, state);
  return state;
}

/** Sets a value as the CLI does: in the stack's file, with the project's name in the key. */
const setConfig: Command = async (call) => {
  const [key = "", value] = call.args.slice(-2);
  const { file, settings } = await readSettings(call);
  settings.config[key.includes(":") ? key : `microservice-identities:${key}`] = value;
  await writeFile(file, stringify(settings));
  return undefined;
};

/** Signs in as the providers do: with the token that the job has, or else asks GitHub for. @throws Error if the job may not */
async function signIn(
  { azure }: DeployingWorld,
  { environment }: CommandCall,
  clientId: string,
): Promise<DeployerEnvironment> {
  const { ARM_OIDC_TOKEN = await askForToken(environment) } = environment;
  return { ...azure.deployer, ARM_CLIENT_ID: clientId, ARM_CLIENT_SECRET: "", ARM_OIDC_TOKEN };
}

async function openStack(world: DeployingWorld, call: CommandCall, state = stateOf(world, call)) {
  const { settings } = await readSettings(call);
  const registrar = await signIn(world, call, `${settings.config["azuread:clientId"]}`);
  const signedIn = await signIn(world, call, call.environment.ARM_CLIENT_ID ?? "");
  const options = { azure: world.azure, projectFolder: call.folder, stack: stackIn(call), registrar, signedIn };
  return { stack: new BuiltInStack(options, undefined, state), registrar };
}

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
  // The parts that could not be read need permissions that the bootstrap does not grant.
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
  // The exit code of a killed process.
  return { code: 137 };
}

const textOf = ({ same: _, ...changes }: Operations): string =>
  Object.entries(changes)
    .map(([operation, count]) => `${count} ${operation}`)
    .join(", ");
const changes = ({ same: _, ...others }: Operations): number =>
  Object.values(others).reduce((sum, count) => sum + count, 0);

/** A copy of the state, which a command may change without saving it. */
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
