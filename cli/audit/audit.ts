import type { StateResource } from "@microservice-identities/engine/deployment/stack";
import type { TenantReader } from "../adoption/tenant";
import { auditAzure } from "./azure";
import { declaredIn } from "./declared";
import { auditDirectory } from "./directory";
import type { Audit } from "./extra";

/**
 * Compares everything that gives access to the services of the stacks, and everything that they have, with what their
 * deployments made.
 *
 * @param state the resources of all stacks
 * @param graph the address of Graph, for the commands
 */
export async function audit(state: readonly StateResource[], tenant: TenantReader, graph: string): Promise<Audit> {
  const declared = declaredIn(state);
  const [directory, azure] = await Promise.all([auditDirectory(declared, tenant, graph), auditAzure(declared, tenant)]);
  return {
    looked: {
      registrations: declared.applications.length,
      principals: declared.principals.length + declared.identities.length,
      vaults: declared.vaults.length,
    },
    extras: [...directory.extras, ...azure.extras],
    unseen: [...directory.unseen, ...azure.unseen],
  };
}
