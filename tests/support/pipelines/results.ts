import type { GitLabRun } from "./gitlab/pipelineRun";
import type { WorkflowResult } from "./workflowRun";

/** The result of each job of a run in their order, for example `dev / deploy: success`. */
export const resultsOf = ({ jobs }: WorkflowResult | GitLabRun): string[] =>
  jobs.map(({ name, result }) => `${name}: ${result}`);
