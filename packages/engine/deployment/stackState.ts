import type { Properties } from "./providers/resourceType";

/** An existing resource, as after the last deployment. */
export interface DeployedResource {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  /** The URN of the resource whose deletion also deletes this one. */
  readonly deletedWith: string;
  readonly protect: boolean;
  /** The reference of its explicit provider, if it has one. */
  readonly provider?: string;
  /** Pulumi keeps it in Azure when it is removed from the stack. */
  readonly retainOnDelete?: boolean;
  /** Whether it was taken over, or its creation failed half-way, so that the next deployment updates it. Default false. */
  readonly isUnsettled?: boolean;
}

/**
 * The deployed resources, in the order of creation. They are only in memory, because they contain secrets, and the local Azure
 * ends with the process too.
 */
export class StackState {
  readonly resources = new Map<string, DeployedResource>();
  /** The program's outputs of the last successful deployment. */
  outputs: Properties = {};
  /** Replaced resources, which are deleted at the end of the deployment. */
  readonly replaced: DeployedResource[] = [];
}
