import type { Properties } from "./providers/resourceType";

/** A resource that exists, as the last deployment left it. */
export interface DeployedResource {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  /** The URN of the resource whose deletion takes this one along. */
  readonly deletedWith: string;
  readonly protect: boolean;
  /** The reference of a provider of its own, if it has one. */
  readonly provider?: string;
  /** Pulumi keeps it in Azure when it is removed from the stack. */
  readonly retainOnDelete?: boolean;
  /** It was taken over, or its creation failed half-way: the next deployment updates it. Default false. */
  readonly isUnsettled?: boolean;
}

/**
 * What is deployed, in the order of creation. It is kept in memory only: it holds secrets, and the local Azure that it
 * describes is gone with the process too.
 */
export class StackState {
  readonly resources = new Map<string, DeployedResource>();
  /** The program's outputs of the last deployment that ended well. */
  outputs: Properties = {};
  /** Resources that were replaced, and wait for their deletion at the end of the deployment. */
  readonly replaced: DeployedResource[] = [];
}
