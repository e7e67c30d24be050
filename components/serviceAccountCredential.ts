import { ApplicationFederatedIdentityCredential } from "@pulumi/azuread/applicationFederatedIdentityCredential";
import * as pulumi from "@pulumi/pulumi";
import { type CloudName, cloudOf } from "../packages/well-known/clouds";
import { type KubernetesAccount, trustsOf } from "./serviceAccount";

export interface ServiceAccountCredentialArgs {
  /** The resource id of the application that trusts the accounts, `/applications/{object id}`. */
  applicationId: pulumi.Input<string>;
  /** The application with which Entra deletes the credentials. */
  application?: pulumi.Resource;
  /** The service accounts whose tokens the application accepts: 1 to 20. */
  accounts: readonly KubernetesAccount[];
  /** The cloud of the tenant, which determines the audience of the tokens. Default `public`. */
  cloud?: CloudName;
}

/**
 * A credential without a secret, for pods: the registration trusts the tokens of Kubernetes service accounts. It trusts them
 * itself, because Entra refuses a managed identity's token here that came from federation (AADSTS700231).
 * https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
 *
 * @example
 * ```ts
 * import { ServiceAccountCredential } from "pulumi-microservice-identities";
 *
 * new ServiceAccountCredential("orders", {
 *   applicationId: "/applications/22222222-2222-4222-8222-222222222222",
 *   accounts: [{ issuer: "https://cluster.example/", namespace: "shop", serviceAccount: "orders" }],
 * });
 * ```
 */
export class ServiceAccountCredential extends pulumi.ComponentResource {
  /** The ids of the credentials in Entra: GUIDs, in the order of the accounts. */
  public readonly credentialIds: pulumi.Output<string[]>;

  constructor(name: string, args: ServiceAccountCredentialArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:ServiceAccountCredential", name, {}, opts);
    const { tokenExchange } = cloudOf(args);
    const credentials = trustsOf(`ServiceAccountCredential ${name}`, args.accounts).map(
      (trust) =>
        new ApplicationFederatedIdentityCredential(
          `${name}-${trust.name}`,
          {
            applicationId: args.applicationId,
            displayName: trust.name,
            description: trust.description,
            issuer: trust.issuer,
            subject: trust.subject,
            audiences: [tokenExchange],
          },
          { parent: this, deletedWith: args.application },
        ).credentialId,
    );
    this.credentialIds = pulumi.output(credentials);
    this.registerOutputs({});
  }
}
