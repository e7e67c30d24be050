import { once } from "node:events";
import { createRequire } from "node:module";
import path from "node:path";
import { Monitor, type ProgramHost } from "../deployment/monitor";
import { runInProcess } from "../deployment/program";
import { readProject } from "../deployment/project";
import { DeploymentError } from "../deployment/stack";
import { readStackSettings } from "../deployment/stackConfig";
import type { EvaluatedResource } from "./evaluatedResource";
import { watchOutsideInputs } from "./outsideInputs";
import type { ResourceSink, Wanted } from "./registration";
import { replaceSdkFunctions } from "./sdkReplacements";
import { readByProgram, settingsResource } from "./stackSettings";
import { syntheticAnswer, syntheticOutputs } from "./syntheticOutputs";

export interface Evaluation {
  readonly resources: readonly EvaluatedResource[];
  /** The stack's outputs. */
  readonly outputs: StackOutputs;
  /** The full names of other stacks whose outputs it read. */
  readonly asked: readonly string[];
}

export type StackOutputs = Readonly<Record<string, unknown>>;

/** The outputs of other stacks, by their full names. */
export type KnownStacks = Readonly<Record<string, StackOutputs>>;

/**
 * Runs the program in this process, as in a first deployment. Values that only Azure knows are generated, and are always the
 * same for the same resource.
 *
 * @param replacing the replacements that make the SDK faster
 * @throws DeploymentError if the program or its settings are wrong
 */
export async function evaluate(
  projectFolder: string,
  stack: string,
  known: KnownStacks,
  replacing: typeof replaceSdkFunctions = replaceSdkFunctions,
): Promise<Evaluation> {
  const resources: EvaluatedResource[] = [];
  const asked = new Set<string>();
  const sink: Omit<ResourceSink, "urnOf"> = {
    resource({ urn, type, inputs, parent, dependencies, secrets = [], options = {} }) {
      const { id, ...computed } = syntheticOutputs(urn, type, inputs);
      const outputs = { ...inputs, ...computed };
      resources.push({
        urn,
        type,
        id,
        parent,
        properties: outputs,
        dependencies,
        ...(secrets.length > 0 ? { secrets } : {}),
        ...(Object.keys(options).length > 0 ? { options } : {}),
      });
      return { id, outputs };
    },
    component({ urn, type, parent, inputs, options = {} }) {
      resources.push({
        urn,
        type,
        id: "",
        parent,
        properties: inputs,
        component: true,
        ...(Object.keys(options).length > 0 ? { options } : {}),
      });
    },
  };
  const host: ProgramHost = {
    // Only the stack itself uses this function, and resources that another copy of the SDK registers.
    register: async (wanted) => sink.resource(wanted as Wanted),
    component: (component) => sink.component(component as Wanted),
    outputsOf(name) {
      asked.add(name);
      return known[name];
    },
    call: async (token, args) => syntheticAnswer(token, args),
  };
  const project = await readProject(projectFolder);
  const { config: readable, unknown, beside } = await readStackSettings(projectFolder, stack);
  // A value that only the CLI can read is a placeholder here, and is reported as unknown.
  const placeholders = Object.keys(unknown).filter((key) => key !== "environment");
  const config = { ...readable, ...Object.fromEntries(placeholders.map((key) => [key, "not known offline"])) };
  const monitor = new Monitor(host, project, stack, {});
  const load = createRequire(path.join(project.folder, "package.json"));
  const waiting = replacing(load, { ...sink, urnOf: (...of) => monitor.urnOf(...of) });
  process.chdir(project.main);
  const outside = watchOutsideInputs(project.folder, path.resolve(__dirname, ".."), load);
  const program = async () => {
    const exported = load(path.join(project.main, project.entryPoint)) as unknown;
    return typeof exported === "function" ? exported() : exported;
  };
  // As under the CLI, a program ends when nothing is pending. It may continue after its main promise has resolved.
  const nothingLeft = once(process, "beforeExit");
  let isThrough = false;
  const run = runInProcess(program, {
    project,
    stack,
    config,
    monitor,
    preview: false,
    async afterwards() {
      isThrough = true;
      await nothingLeft;
    },
  });
  const ended = nothingLeft.then(() => {
    const missed = waiting().map((what) => `${what} waits for a value that never resolves`);
    if (missed.length > 0) throw new DeploymentError(stack, missed);
    if (!isThrough) throw new DeploymentError(stack, ["the program waits for something that never resolves"]);
  });
  await Promise.all([run, ended]);
  // Other stacks read the outputs, and make grants by them.
  const own = resources.findIndex(({ type }) => type === "pulumi:pulumi:Stack");
  if (own >= 0)
    resources[own] = {
      ...(resources[own] as EvaluatedResource),
      properties: monitor.stackOutputs,
      secrets: monitor.secretOutputs,
    };
  const read = Object.entries(outside()).map(([what, files]) => [`${readByProgram}${what}`, files.join(", ")]);
  resources.push(
    settingsResource(project.name, stack, { ...beside, ...readable, ...Object.fromEntries(read) }, unknown),
  );
  resources.sort((one, other) => (one.urn < other.urn ? -1 : 1));
  return { resources, outputs: monitor.stackOutputs, asked: [...asked] };
}
