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
  type DeploymentContext,
  type DeploymentHost,
  readSettings,
  stackIn,
} from "./commonCommands";

/** The context, and the states, which this host stores itself because it has no CLI. */
interface BuiltInContext extends DeploymentContext {
  /** The states in the backends, by the address of the backend and the stack. */
  readonly states: Map<string, StackState>;
}

/**
 * Executes the commands of the pipelines: reviews with the project's own programs, and deployments with the built-in engine, which
 * deploys onto the local Azure and signs in with the job's token. The policy pack needs the Pulumi CLI, so it is omitted.
 */
export function builtInHost(given: DeploymentContext): DeploymentHost {
  const context: BuiltInContext = Object.assign(given, { states: new Map<string, StackState>() });
  const commands: Record<string, Command> = {
    ...commonCommands(context),
    "npm run --silent preflight": (call) => runPreflight(context, call),
    "npm run up": (call) => runUp(context, call),
    "npm run --silent up": (call) => runUp(context, call),
    "pulumi login": () => undefined,
    "pulumi config set": setConfig,
    "pulumi preview": (call) => runPreview(context, call),
    "pulumi refresh": (call) => runRefresh(context, call),
    "pulumi stack output": (call) => ({ stdout: `${JSON.stringify(stateOf(context, call).outputs)}\n` }),
  };
  return { commands, backends: async () => [...context.states.keys()].sort() };
}

function stateOf(context: BuiltInContext, call: CommandCall): StackState {
  const { PULUMI_BACKEND_URL = "" } = call.environment;
  const key = `${PULUMI_BACKEND_URL} ${stackIn(call)}`;
  const state = context.states.get(key) ?? new StackState();
  context.states.set(key, state);
  return state;
}

/** Sets a value in the stack's file, with the project's name in the key, like the CLI. */
const setConfig: Command = async (call) => {
  const [key = "", value] = call.args.slice(-2);
  const { file, settings } = await readSettings(call);
  settings.config[key.includes(":") ? key : `microservice-identities:${key}`] = value;
  await writeFile(file, stringify(settings));
  return undefined;
};

/** Signs in like the providers: with the job's token, or one that it requests from GitHub. @throws Error if the job is not allowed to request one */
async function signIn(
  { azure }: BuiltInContext,
  { environment }: CommandCall,
  clientId: string,
): Promise<DeployerEnvironment> {
  const { ARM_OIDC_TOKEN = await askForToken(environment) } = environment;
  return { ...azure.deployer, ARM_CLIENT_ID: clientId, ARM_CLIENT_SECRET: "", ARM_OIDC_TOKEN };
}

async function openStack(context: BuiltInContext, call: CommandCall, state = stateOf(context, call)) {
  const { settings } = await readSettings(call);
  const registrar = await signIn(context, call, `${settings.config["azuread:clientId"]}`);
  const signedIn = await signIn(context, call, call.environment.ARM_CLIENT_ID ?? "");
  const options = { azure: context.azure, projectFolder: call.folder, stack: stackIn(call), registrar, signedIn };
  return { stack: new BuiltInStack(options, undefined, state), registrar };
}

async function runPreflight(context: BuiltInContext, call: CommandCall): Promise<CommandAnswer> {
  const { stack, registrar } = await openStack(context, call);
  const tenant = await localTenant({ ...context.azure, deployer: registrar });
  try {
    const wanted = await evaluateOffline(call.folder, stackIn(call));
    const survey = { stack: stackIn(call), wanted, tenant, state: await stack.resources() };
    const outcome = await preflight(survey, new Date(context.today));
    return { code: exitCodeFor(outcome), stdout: `${preflightText(outcome)}\n` };
  } finally {
    await tenant.close();
  }
}

async function runUp(context: BuiltInContext, call: CommandCall): Promise<CommandAnswer> {
  const checked: CommandAnswer = call.args.includes("--skip-preflight") ? {} : await runPreflight(context, call);
  // Exit code 2 is no failure here: the preflight could not read parts for which the bootstrap grants no permission.
  if (checked.code === 1) return checked;
  const { stack, registrar } = await openStack(context, call);
  if (context.stopsAfter) return upUntilStopped(context, call, stack);
  const up = stack.up.bind(stack);
  stack.up = (options) => up({ ...options, onResource: ({ name }) => context.after?.(stackIn(call), name) });
  const tenant = await localTenant({ ...context.azure, deployer: registrar });
  let notes = "";
  try {
    const wanted = await evaluateOffline(call.folder, stackIn(call));
    const { operations } = await converge(stack, {
      ...{ wanted, tenant, pauseSeconds: 0, config: configOf(context) },
      onNote: (line) => (notes += `== ${line}\n`),
    });
    return { stdout: `${notes}${textOf(operations)}\n` };
  } catch (error) {
    return { code: 1, stdout: notes, stderr: `${(error as Error).message}\n` };
  } finally {
    await tenant.close();
  }
}

async function upUntilStopped(context: BuiltInContext, call: CommandCall, stack: BuiltInStack): Promise<CommandAnswer> {
  const onResource = ({ name }: { readonly name: string }) => {
    if (context.stopsAfter?.(stackIn(call), name)) throw new Error("the machine is lost");
  };
  await stack.up({ config: configOf(context), onResource }).catch(() => undefined);
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

async function runPreview(context: BuiltInContext, call: CommandCall): Promise<CommandAnswer> {
  const { stack } = await openStack(context, call, copyOf(stateOf(context, call)));
  if (call.args.includes("--refresh")) await stack.refresh();
  const operations = await stack.preview({ config: configOf(context) });
  const unexpected = call.args.includes("--expect-no-changes") && changes(operations) > 0;
  return { code: unexpected ? 255 : 0, stdout: `${textOf(operations)}\n`, stderr: unexpected ? noChanges : "" };
}

async function runRefresh(context: BuiltInContext, call: CommandCall): Promise<CommandAnswer> {
  const { stack } = await openStack(context, call, copyOf(stateOf(context, call)));
  const drifted = await stack.refresh();
  return { code: drifted > 0 ? 255 : 0, stdout: `${drifted} drifted\n`, stderr: drifted > 0 ? noChanges : "" };
}
const noChanges = "error: no changes were expected but changes were proposed\n";
