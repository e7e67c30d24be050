import { ApplicationFederatedIdentityCredential } from "@pulumi/azuread/applicationFederatedIdentityCredential";
import * as pulumi from "@pulumi/pulumi";
import { authorityIn } from "../packages/validation/formats";
import { type CloudName, cloudOf } from "../packages/well-known/clouds";

export interface WorkloadCredentialArgs {
  /** The resource id of the application that trusts the identity, `/applications/{object id}`. */
  applicationId: pulumi.Input<string>;
  /** The application with which Entra deletes the credential. */
  application?: pulumi.Resource;
  /** The Entra tenant of the managed identity: a GUID. */
  tenantId: pulumi.Input<string>;
  /** The object id of the managed identity whose tokens the application accepts. */
  principalId: pulumi.Input<string>;
  /** The cloud of the tenant, which determines the audience of the tokens. Default: the authority's. */
  cloud?: CloudName;
  /** The authority that issues the tenant's tokens. Default: the cloud's. */
  authority?: pulumi.Input<string>;
}

/**
 * A credential without a secret: the service's managed identity is a federated identity credential of its app registration.
 * https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
 *
 * @example
 * ```ts
 * import { WorkloadCredential } from "pulumi-microservice-identities";
 *
 * new WorkloadCredential("orders", {
 *   applicationId: "/applications/22222222-2222-4222-8222-222222222222",
 *   tenantId: "33333333-3333-4333-8333-333333333333",
 *   principalId: "44444444-4444-4444-8444-444444444444",
 * });
 * ```
 */
export class WorkloadCredential extends pulumi.ComponentResource {
  /** The id of the credential in Entra: a GUID. */
  public readonly credentialId: pulumi.Output<string>;

  constructor(name: string, args: WorkloadCredentialArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:WorkloadCredential", name, {}, opts);
    const { cloud } = args;
    const authority = pulumi.output(args.authority ?? cloudOf({ cloud }).authority).apply(authorityIn);
    this.credentialId = new ApplicationFederatedIdentityCredential(
      `${name}-federated`,
      {
        applicationId: args.applicationId,
        displayName: "workload",
        description: "The managed identity that the service runs as.",
        issuer: pulumi.interpolate`${authority}/${args.tenantId}/v2.0`,
        subject: args.principalId,
        audiences: [authority.apply((issuing) => cloudOf({ cloud, authority: issuing }).tokenExchange)],
      },
      { parent: this, deletedWith: args.application },
    ).credentialId;
    this.registerOutputs({});
  }
}
