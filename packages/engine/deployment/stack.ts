import { problemList } from "@microservice-identities/validation/problems";
import type { Backend } from "./backend";
import type { RetryPolicy } from "./retry";
import type { DeployerEnvironment, TargetAzure } from "./targetAzure";

export type Operation = "create" | "update" | "replace" | "delete" | "same";

/** The operations of a deployment or a preview. */
export interface ResourceEvent {
  readonly operation: Operation;
  /** For example `azuread:index/applicationPassword:ApplicationPassword`. */
  readonly type: string;
  readonly name: string;
}

/** A stack and the Azure that it is deployed onto. */
export interface StackOptions {
  readonly azure: TargetAzure;
  /** The folder with `Pulumi.yaml`. */
  readonly projectFolder: string;
  /** For example `dev`; its settings are in `Pulumi.dev.yaml`. */
  readonly stack: string;
  /** Where stacks that read each other's outputs store them. Default: a separate backend. */
  readonly backend?: Backend;
  /** The identity in the environment variables. It creates the resources with an explicit provider, and all others unless there is a `registrar`. */
  readonly signedIn?: DeployerEnvironment;
  /** How the built-in engine retries transient failures. Default: as the providers do. */
  readonly retries?: RetryPolicy;
  /** The identity of the default providers: the stack's `azuread:clientId` and `azure-native:clientId`. */
  readonly registrar?: DeployerEnvironment;
}

export interface DeploymentOptions {
  /** Settings that override those of the file. A key without a namespace belongs to the project. */
  readonly config?: Readonly<Record<string, string>>;
  /** Whether to compare the state with what exists first, and to create missing resources again. Default false. */
  readonly refresh?: boolean;
  /** Whether to deploy the resources that do not depend on a failed one. Default: nothing is started after a failure. */
  readonly continueOnError?: boolean;
  /** Called for each resource when it is done. */
  readonly onResource?: (event: ResourceEvent) => void;
}

/** A stack, which one engine deploys any number of times. All methods throw DeploymentErrors. */
export interface Stack {
  /** The engine: a Pulumi CLI with its version, or the built-in engine. */
  readonly engine: string;
  up(options?: DeploymentOptions): Promise<DeploymentResult>;
  /** The operations that `up` would do now. */
  preview(options?: DeploymentOptions): Promise<Operations>;
  /** Returns how many resources were changed or deleted since the last deployment. */
  refresh(): Promise<number>;
  destroy(): Promise<void>;
  /** The resources in the state, in the order of creation, including components. */
  resources(): Promise<readonly StateResource[]>;
  /** Takes existing resources over into the stack; the next deployment updates them. */
  takeOver(existing: readonly ExistingResource[]): Promise<void>;
  /** Removes the stack, but not its resources. */
  dispose(): Promise<void>;
}

/** A resource in a stack's state. */
export interface StateResource {
  readonly urn: string;
  /** For example `azuread:index/application:Application`. */
  readonly type: string;
  /** Empty for a component. */
  readonly id: string;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** When the CLI created it, for example `2026-11-25T08:00:00Z`. Default: not known; the built-in engine does not record it. */
  readonly created?: string;
}

/** An existing resource that the program registers and that no state contains. */
export interface ExistingResource {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
  /** The URN of the component that it is part of. */
  readonly parent: string;
  /** The reference of an explicit provider, `{urn}::{id}`. Default: the package's default provider. */
  readonly provider?: string;
}

export type Operations = Readonly<Record<Operation, number>>;

export interface DeploymentResult {
  /** The engine: a Pulumi CLI with its version, or the built-in engine. */
  readonly engine: string;
  readonly operations: Operations;
  /** The number of resources by type, without components. */
  readonly resources: Readonly<Record<string, number>>;
  /** The stack's outputs. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** A failed deployment, with all known reasons. */
export class DeploymentError extends Error {
  constructor(
    stack: string,
    readonly problems: readonly string[],
  ) {
    super(problemList(`the deployment of stack ${stack} failed:`, problems));
  }
}

/** The message of a thrown value, which may be anything. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

export const noOperations = (): Record<Operation, number> => ({ create: 0, update: 0, replace: 0, delete: 0, same: 0 });
