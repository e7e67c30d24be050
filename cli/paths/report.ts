import { type EvaluatedResource, stackOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { type AccessModel, accessModelOf } from "@microservice-identities/review/accessModel";
import { allPathsTo, attackPaths } from "@microservice-identities/review/paths/attackPaths";
import { withFound } from "@microservice-identities/review/paths/foundAccess";
import { openedPaths } from "@microservice-identities/review/paths/openedPaths";
import { stackGraph } from "@microservice-identities/review/paths/stackGraph";
import type { PathsReport } from "@microservice-identities/review/report/pathsReport";
import { CommandError } from "../command";
import { projectFolder } from "../projectFolder";
import { readAudit, readEarlier, readStates } from "../review/files";
import { inRevision } from "../review/revision";
import { deployersIn } from "./deployers";
import { targetsNamed } from "./targets";

/** Which stack and which paths to report. */
export interface PathsOptions {
  readonly stack: readonly string[];
  readonly state?: readonly string[];
  readonly also?: readonly string[];
  readonly audit?: readonly string[];
  readonly against?: string;
  readonly againstFile?: string;
  readonly to?: readonly string[];
  readonly date: string;
}

/** @throws CommandError that names the option or the file */
export async function pathsReport(options: PathsOptions): Promise<PathsReport> {
  const { stack, state, also: alsoFiles, against, againstFile, to, date } = options;
  const also = alsoFiles ? await readStates(alsoFiles) : [];
  const resources = state ? await readStates(state) : await evaluateOffline(projectFolder, stack);
  const found = (await Promise.all((options.audit ?? []).map(readAudit))).flat();
  const model = withFound(accessModelOf([...resources, ...also]), found);
  // A state contains the real owners. Before a deployment they are not known, and are called "the deployer".
  const graph = stackGraph(model, state ? [] : deployersIn(also));
  const before = await earlierModel(options, also);
  const asked = to?.flatMap((each) => targetsNamed(graph, each));
  return {
    stack: stackOf(resources),
    today: date,
    model,
    graph,
    paths: attackPaths(model, graph),
    ...(before ? { opened: openedPaths(withFound(before, found), model), base: against ?? againstFile } : {}),
    ...(asked ? { asked: asked.map((target) => ({ target, all: allPathsTo(graph, target) })) } : {}),
  };
}

/** The model that the stack is compared with; `undefined` without a comparison. */
async function earlierModel(
  { stack, state, against, againstFile }: PathsOptions,
  also: readonly EvaluatedResource[],
): Promise<AccessModel | undefined> {
  if (against !== undefined && againstFile !== undefined)
    throw new CommandError("--against and --against-file: use only one of them");
  if (againstFile !== undefined) {
    const earlier = await readEarlier(againstFile);
    return "review" in earlier ? earlier.review.model : accessModelOf([...earlier.resources, ...also]);
  }
  if (against === undefined) return undefined;
  if (state) throw new CommandError("--against compares programs: with --state, use --against-file");
  return inRevision(projectFolder, against, async ({ folder }) =>
    accessModelOf([...(await evaluateOffline(folder, stack)), ...also]),
  );
}
