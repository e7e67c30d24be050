import path from "node:path";
import { readProject } from "../deployment/project";
import { DeploymentError } from "../deployment/stack";
import { ScriptEndedError, ScriptProcess } from "../scriptProcess";
import type { Evaluation, KnownStacks } from "./evaluate";
import type { EvaluatedResource } from "./evaluatedResource";
import type { Evaluated } from "./evaluationProcess";

/**
 * The resources that a stack's program registers in a first deployment, without a CLI, credentials or network. If its services
 * call services of other stacks in the project, these stacks are evaluated too.
 *
 * @throws DeploymentError if the program or its settings are wrong
 */
export async function evaluateOffline(
  projectFolder: string,
  stacks: string | readonly string[],
): Promise<EvaluatedResource[]> {
  const evaluate = (names: readonly string[]) =>
    Promise.all(names.map((each) => evaluateApart(projectFolder, each, {})));
  // First each stack alone, to get its outputs. Then the stacks that read outputs of others, with these outputs.
  let next = [stacks].flat();
  let evaluating = evaluate(next);
  // If the project cannot be read, only that error is reported.
  evaluating.catch(() => undefined);
  const { name: project } = await readProject(projectFolder);
  const alone = new Map<string, Evaluation>();
  while (next.length > 0) {
    const evaluations = await evaluating;
    for (const [index, evaluation] of evaluations.entries()) alone.set(next[index] as string, evaluation);
    const asked = evaluations.flatMap((evaluation) => evaluation.asked.flatMap((name) => ownStack(name, project)));
    next = [...new Set(asked)].filter((each) => !alone.has(each));
    evaluating = evaluate(next);
  }
  const known = Object.fromEntries(
    [...alone].map(([each, { outputs }]) => [`organization/${project}/${each}`, outputs]),
  );
  const together = await Promise.all(
    [...alone].map(([each, evaluation]) =>
      evaluation.asked.some((name) => name in known) ? evaluateApart(projectFolder, each, known) : evaluation,
    ),
  );
  return together.flatMap(({ resources }) => resources);
}

/** With V8's default size, the promises of a large program are moved out of the young generation for nothing. */
export const evaluatorArguments = ["--max-semi-space-size=64"];

/** Stacks of other projects cannot be evaluated here: calls to them are pending. */
const ownStack = (fullName: string, project: string): string[] => {
  const [organization, of, stack] = fullName.split("/");
  return organization === "organization" && of === project && stack ? [stack] : [];
};

async function evaluateApart(projectFolder: string, stack: string, known: KnownStacks): Promise<Evaluation> {
  const program = new ScriptProcess<Evaluated>(path.join(__dirname, "evaluationProcess.ts"), {
    args: [projectFolder, stack],
    cwd: projectFolder,
    nodeArguments: evaluatorArguments,
    // The folder that paths in the settings are relative to, as the CLI's language host passes it to a program.
    env: { ...process.env, PULUMI_NODEJS_ROOT_DIRECTORY: projectFolder },
    quiet: true,
  });
  program.send(known);
  const evaluated = await program.next().catch((error): Evaluated => {
    if (!(error instanceof ScriptEndedError)) throw error;
    return { problems: [`the program ended with ${error.ending}`, error.output].filter(Boolean) };
  });
  await program.ended();
  if ("resources" in evaluated) return evaluated;
  throw new DeploymentError(stack, evaluated.problems);
}
