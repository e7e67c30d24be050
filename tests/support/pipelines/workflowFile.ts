import { parse } from "yaml";

export interface WorkflowStep {
  readonly id?: string;
  readonly name?: string;
  /** The condition. It begins with `success() &&` if it contains no status function. */
  readonly if: string;
  readonly run?: string;
  readonly shell?: string;
  readonly "working-directory"?: string;
  readonly "continue-on-error"?: boolean;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

export type Permissions = Readonly<Record<string, "read" | "write" | "none">>;

export interface Concurrency {
  readonly group: string;
  readonly "cancel-in-progress"?: boolean;
}

export interface WorkflowJob {
  readonly needs: readonly string[];
  /** The condition, in the same form as that of a step. */
  readonly if: string;
  readonly permissions?: Permissions;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>>; readonly "fail-fast"?: boolean };
  readonly environment?: string;
  readonly concurrency?: Concurrency;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly "runs-on"?: string | readonly string[];
  readonly steps: readonly WorkflowStep[];
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface InputDefinition {
  readonly type?: string;
  readonly default?: unknown;
  readonly required?: boolean;
}
interface RefFilter {
  readonly branches?: readonly string[];
  readonly tags?: readonly string[];
}

export interface Workflow {
  readonly file: string;
  readonly name: string;
  readonly on: {
    readonly push?: RefFilter | null;
    readonly pull_request?: RefFilter | null;
    readonly schedule?: readonly { readonly cron: string }[];
    readonly workflow_dispatch?: { readonly inputs?: Readonly<Record<string, InputDefinition>> } | null;
    readonly workflow_call?: { readonly inputs?: Readonly<Record<string, InputDefinition>> } | null;
  };
  readonly permissions?: Permissions;
  readonly concurrency?: Concurrency;
  readonly jobs: Readonly<Record<string, WorkflowJob>>;
}

/** The supported keys. A workflow with any other key is refused, so that no key is silently ignored. */
const supportedKeys = {
  workflow: ["name", "on", "permissions", "concurrency", "jobs"],
  job: [
    ...["needs", "if", "permissions", "strategy", "environment", "concurrency", "env", "outputs", "runs-on", "steps"],
    ...["uses", "with"],
  ],
  step: ["id", "name", "if", "run", "shell", "working-directory", "continue-on-error", "uses", "with", "env"],
};

/**
 * Reads a workflow with GitHub's own parser, which knows the keys, the contexts and the functions of each place.
 *
 * @throws Error for the problems that the parser finds, and for unsupported keys
 */
export async function readWorkflow(file: string, text: string): Promise<Workflow> {
  const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import("@actions/workflow-parser");
  const { context, value } = parseWorkflow({ name: file, content: text }, new NoOperationTraceWriter());
  const template = value && (await convertWorkflowTemplate(context, value));
  const problems = [
    ...context.errors.getErrors().map(({ message }) => message),
    ...(template?.errors ?? []).map(({ Message }) => Message),
  ];
  if (!template || problems.length > 0) throw new Error([`${file} is refused by GitHub:`, ...problems].join("\n"));

  const written = parse(text);
  refuseUnsupported(file, written, supportedKeys.workflow);
  const jobs = template.jobs.map((job): [string, WorkflowJob] => {
    const id = job.id.value;
    const own = written.jobs[id];
    refuseUnsupported(`${file}, job ${id}`, own, supportedKeys.job);
    if (own.strategy && own.strategy["fail-fast"] !== false)
      throw new Error(`${file}, job ${id}: a matrix with fail-fast is not supported; write fail-fast: false`);
    const conditions = job.type === "job" ? job.steps.map((step) => step.if?.expression ?? "success()") : [];
    const steps = (own.steps ?? []).map((step: object, index: number) => {
      refuseUnsupported(`${file}, job ${id}, step ${index + 1}`, step, supportedKeys.step);
      return { ...step, if: conditions[index] };
    });
    return [id, { ...own, needs: [own.needs ?? []].flat(), if: job.if.expression, steps }];
  });
  return { ...written, file, jobs: Object.fromEntries(jobs) };
}

function refuseUnsupported(place: string, written: object, keys: readonly string[]): void {
  const unknown = Object.keys(written).filter((key) => !keys.includes(key));
  if (unknown.length > 0)
    throw new Error(`${place}: ${unknown.join(", ")} is not supported; supported are: ${keys.join(", ")}`);
}
