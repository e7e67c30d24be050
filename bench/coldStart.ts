import { rm } from "node:fs/promises";
import path from "node:path";
import { evaluatorArguments } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { typescript } from "@microservice-identities/engine/scriptProcess";
import { projectFolder } from "../cli/projectFolder";
import { inTurn, type ProcessRun, type Row, ratioRow, runNode } from "./measure";
import { devProgram, emptyProgram } from "./programs";

/** The evaluation as the review starts it, and with the unmodified SDK, which every Pulumi program loads. */
const evaluators = {
  review: "packages/engine/evaluation/evaluationProcess.ts",
  sdk: "tests/support/evaluationBySdk.ts",
};

/** Starts a new process that evaluates a stack offline. */
export async function evaluation(
  folder: string,
  stack: string,
  resources: number,
  by: keyof typeof evaluators = "review",
): Promise<ProcessRun> {
  const run = await runNode(
    [...typescript, ...evaluatorArguments, path.join(projectFolder, evaluators[by]), folder, stack],
    {
      cwd: folder,
      env: { PULUMI_NODEJS_ROOT_DIRECTORY: folder },
      task: {},
    },
  );
  const { length = 0 } = (run.answer as { resources?: unknown[] }).resources ?? [];
  if (length < resources)
    throw new Error(
      `${length} resources were evaluated, not ${resources}: ${JSON.stringify(run.answer).slice(0, 400)}`,
    );
  return run;
}

export async function coldStart(runs: number): Promise<Row[]> {
  const [floor, deep, root] = await Promise.all([emptyProgram(), devProgram("deep"), devProgram("root")]);
  const compile = (folder: string) => () =>
    runNode([path.join(projectFolder, "node_modules/typescript/bin/tsc"), "--noEmit", "-p", folder]);
  try {
    const measured = await inTurn(runs, {
      floor: () => evaluation(floor, "bench", 0, "sdk"),
      deep: () => evaluation(deep, "dev", 84),
      root: () => evaluation(root, "dev", 84),
    });
    const types = await inTurn(runs, {
      deep: compile(deep),
      root: compile(root),
      floor: compile(floor),
    });
    const benchmark = "cold start";
    return [
      ratioRow({
        benchmark,
        what: "evaluation of the dev stack, compared with an empty program on the SDK",
        unit: "s",
        ours: measured.deep.seconds,
        other: measured.floor.seconds,
        atMost: 1.3,
      }),
      ratioRow({
        benchmark,
        what: "memory of the evaluation, compared with an empty program on the SDK",
        unit: "MB",
        ours: measured.deep.megabytes,
        other: measured.floor.megabytes,
        atMost: 1.3,
      }),
      ratioRow({
        benchmark,
        what: "evaluation with root imports, compared with an empty program on the SDK",
        unit: "s",
        ours: measured.root.seconds,
        other: measured.floor.seconds,
      }),
      ratioRow({
        benchmark,
        what: "memory with root imports, compared with an empty program on the SDK",
        unit: "MB",
        ours: measured.root.megabytes,
        other: measured.floor.megabytes,
      }),
      ratioRow({
        benchmark,
        what: "type-check of components and stacks, compared with root imports",
        unit: "s",
        ours: types.deep.seconds,
        other: types.root.seconds,
        atMost: 0.45,
        bound:
          "every module of azure-native loads the input types of all of Azure (300,000 lines): the type-check of a program with only a ResourceGroup takes 2.3 times as long as that of a program that imports only @pulumi/pulumi",
      }),
      ratioRow({
        benchmark,
        what: "type-check of an empty program, compared with root imports",
        unit: "s",
        ours: types.floor.seconds,
        other: types.root.seconds,
      }),
      ratioRow({
        benchmark,
        what: "memory of the type-check, compared with root imports",
        unit: "MB",
        ours: types.deep.megabytes,
        other: types.root.megabytes,
      }),
    ];
  } finally {
    await Promise.all([floor, deep, root].map((folder) => rm(folder, { recursive: true })));
  }
}
