import type { LocalAzure } from "../localAzure";
import type { StackState } from "./stackState";

export type Operation = "create" | "update" | "replace" | "delete" | "same";

/** What a deployment is about to do, or did. */
export interface ResourceEvent {
  readonly operation: Operation;
  /** As in `azuread:index/applicationPassword:ApplicationPassword`. */
  readonly type: string;
  readonly name: string;
}

export interface DeploymentOptions {
  readonly azure: LocalAzure;
  /** The folder with `Pulumi.yaml`. */
  readonly projectFolder: string;
  /** As in `dev`: its settings are in `Pulumi.dev.yaml`. */
  readonly stack: string;
  /** Settings that go before the file's, by their full key. */
  readonly config?: Readonly<Record<string, string>>;
  /** What earlier deployments left behind. Only the built-in engine needs it. */
  readonly state?: StackState;
  /** Called for each resource when it is done. */
  readonly onResource?: (event: ResourceEvent) => void;
}

export interface DeploymentResult {
  /** Who did it: a Pulumi CLI, by its version, or the built-in engine. */
  readonly engine: string;
  readonly operations: Readonly<Record<Operation, number>>;
  /** How many resources of each type there are now, components not counted. */
  readonly resources: Readonly<Record<string, number>>;
  /** The stack's outputs. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** A deployment that did not end as it should, with every reason that is known. */
export class DeploymentError extends Error {
  constructor(
    stack: string,
    readonly problems: readonly string[],
  ) {
    super(
      [
        `the deployment of stack ${stack} failed:`,
        ...problems.map((problem) => `  ${problem.replaceAll("\n", "\n  ")}`),
      ].join("\n"),
    );
  }
}

export const noOperations = (): Record<Operation, number> => ({ create: 0, update: 0, replace: 0, delete: 0, same: 0 });
