import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../packages/validation/userError";
import type { DirectoryEntry } from "./directory";
import { accountAnnotations, entryOf, type ServiceDirectory, serviceVariables } from "./serviceVariables";

/** A stack's outputs, as `StackReference` returns them too. */
export type StackDirectory = ServiceDirectory & { readonly directory: Readonly<Record<string, DirectoryEntry>> };

/** What a workload needs to run as a service: its identity and its environment variables. */
export interface ServiceWorkload {
  /**
   * For `identity` of azure-native's `app.ContainerApp`, `app.Job` and `web.WebApp`.
   *
   * @throws ArgumentError in `apply`, for a service in Kubernetes that has no managed identity. A program that does not read this
   * property is not affected.
   */
  readonly identity: pulumi.Output<{ type: "UserAssigned"; userAssignedIdentities: string[] }>;
  /** For `env` of a container in Container Apps or Kubernetes, and for `siteConfig.appSettings` of a web app or function. */
  readonly environment: pulumi.Output<{ name: string; value: string }[]>;
  /** For `metadata.annotations` of the service account in Kubernetes. The pod needs the label {@link podLabels}. */
  readonly accountAnnotations: pulumi.Output<Record<string, string>>;
}

/**
 * A pod with these labels gets the token of its service account as a file.
 * https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html
 */
export const podLabels: Readonly<Record<string, string>> = { "azure.workload.identity/use": "true" };

/**
 * The identity and the environment of a service, for the program that deploys its workload.
 *
 * ```ts
 * const stack = new pulumi.StackReference("acme/microservice-identities/prod");
 * const { identity, environment } = serviceWorkload(stack.outputs, "orders");
 * ```
 *
 * @param outputs `tenantId`, `authority` and `directory` of the stack
 * @throws ArgumentError in `apply`, if the stack has no such service
 */
export function serviceWorkload(
  outputs: pulumi.Input<StackDirectory> | pulumi.Output<Record<string, unknown>>,
  service: string,
): ServiceWorkload {
  // The program of a stack of this project has exactly these outputs.
  const stack = pulumi.output(outputs) as pulumi.Output<StackDirectory>;
  const variables = stack.apply((known) => serviceVariables(known, service));
  return {
    // An output that fails ends the program, even if nobody reads it.
    get identity() {
      return stack.apply(({ directory }) => {
        const { identityId } = entryOf(directory, service);
        if (identityId !== undefined) return { type: "UserAssigned" as const, userAssignedIdentities: [identityId] };
        throw new ArgumentError(
          `the identity of ${service}`,
          undefined,
          "a service whose workload is not in Kubernetes: a pod signs in with the token of its service account",
        );
      });
    },
    environment: variables.apply((known) => Object.entries(known).map(([name, value]) => ({ name, value }))),
    accountAnnotations: variables.apply(accountAnnotations),
  };
}
