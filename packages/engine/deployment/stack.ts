import { problemList } from "@microservice-identities/validation/problems";
import type { Backend } from "./backend";
import type { RetryPolicy } from "./retry";
import type { DeployerEnvironment, TargetAzure } from "./targetAzure";

export type Operation = "create" | "update" | "replace" | "delete" | "same";

/** What a deployment is about to do, or did. */
export interface ResourceEvent {
  readonly operation: Operation;
  /** As in `azuread:index/applicationPassword:ApplicationPassword`. */
  readonly type: string;
  readonly name: string;
}

/** Which stack is deployed onto which Azure. */
export interface StackOptions {
  readonly azure: TargetAzure;
  /** The folder with `Pulumi.yaml`. */
  readonly projectFolder: string;
  /** As in `dev`: its settings are in `Pulumi.dev.yaml`. */
  readonly stack: string;
  /** Where stacks that read each other's outputs keep them. Default: a backend of this stack's own. */
  readonly backend?: Backend;
  /** Who signs in by the environment: makes what has a provider of its own, and all else unless `registrar` does. */
  readonly signedIn?: DeployerEnvironment;
  /** How the built-in engine retries transient failures. Default: as the providers do. */
  readonly retries?: RetryPolicy;
  /** Whom the default providers sign in as: the stack's `azuread:clientId` and `azure-native:clientId`. */
  readonly registrar?: DeployerEnvironment;
}

export interface DeploymentOptions {
  /** Settings that go before the file's. A key without a namespace is the project's own. */
  readonly config?: Readonly<Record<string, string>>;
  /** Compares the state with what exists first, and makes again what is gone. Default false. */
  readonly refresh?: boolean;
  /** What does not depend on a failed resource is deployed all the same. Default: nothing is begun after a failure. */
  readonly continueOnError?: boolean;
  /** Called for each resource when it is done. */
  readonly onResource?: (event: ResourceEvent) => void;
}

/** One stack on a local Azure, deployed as often as one likes by the same engine. All of it throws DeploymentErrors. */
export interface Stack {
  /** Who does it: a Pulumi CLI, by its version, or the built-in engine. */
  readonly engine: string;
  up(options?: DeploymentOptions): Promise<DeploymentResult>;
  /** What `up` would do now. */
  preview(options?: DeploymentOptions): Promise<Operations>;
  /** How many resources turn out to be changed or gone since the last deployment. */
  refresh(): Promise<number>;
  destroy(): Promise<void>;
  /** What the state holds, in the order of creation; components too. */
  resources(): Promise<readonly StateResource[]>;
  /** Makes what exists this stack's; the next deployment updates it. */
  takeOver(existing: readonly ExistingResource[]): Promise<void>;
  /** Forgets the stack; what it deployed stays. */
  dispose(): Promise<void>;
}

/** A resource in a stack's state. */
export interface StateResource {
  readonly urn: string;
  /** As in `azuread:index/application:Application`. */
  readonly type: string;
  /** Empty for a component. */
  readonly id: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Something that a stack wants and that exists, in no state. */
export interface ExistingResource {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
  /** The URN of the component that it is part of. */
  readonly parent: string;
  /** The reference of a provider of its own, `{urn}::{id}`. Default: the package's default one. */
  readonly provider?: string;
}

export type Operations = Readonly<Record<Operation, number>>;

export interface DeploymentResult {
  /** Who did it: a Pulumi CLI, by its version, or the built-in engine. */
  readonly engine: string;
  readonly operations: Operations;
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
    super(problemList(`the deployment of stack ${stack} failed:`, problems));
  }
}

/** In words: a program may throw anything. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

export const noOperations = (): Record<Operation, number> => ({ create: 0, update: 0, replace: 0, delete: 0, same: 0 });
