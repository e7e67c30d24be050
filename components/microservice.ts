import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import * as pulumi from "@pulumi/pulumi";
import { serviceName } from "../packages/validation/formats";
import type { ApplicationPermissionGrant } from "./applicationPermissionGrant";
import { AppRegistration, type AppRole } from "./appRegistration";
import { checked } from "./checked";
import { ClientCertificate } from "./clientCertificate";
import { ClientSecret } from "./clientSecret";
import type { IssuedSecret } from "./rotation";
import { ServiceVault, type VaultSettings } from "./serviceVault";
import { markTag } from "./stackMark";
import { WorkloadCredential } from "./workloadCredential";

export interface MicroserviceArgs {
  /** What the service is for: 1 to 1024 characters. */
  description: pulumi.Input<string>;
  /** Tells the service apart from its namesakes in other stacks: part of its names in Entra and Azure, as in `dev`. */
  environment: string;
  /** The app roles that its API exposes, by their value. Default: none. */
  appRoles?: Readonly<Record<string, AppRole>>;
  resourceGroupName: pulumi.Input<string>;
  /** The Azure region, as in `westeurope`. */
  location: pulumi.Input<string>;
  /** The Entra tenant: a GUID. */
  tenantId: pulumi.Input<string>;
  /** Object ids of the owners of the service principal: name the deployer. */
  owners: pulumi.Input<pulumi.Input<string>[]>;
  /** The mark of what one stack makes; see `stackMark`. Default: none. */
  mark?: pulumi.Input<string>;
  /** How the service proves who it is. */
  credential: Credential;
  /** Where the tenant's tokens come from. Default `https://login.microsoftonline.com`. */
  authority?: pulumi.Input<string>;
  /** How its vault is kept. */
  vault?: VaultSettings;
  /** Its vault's name. Default: one that is made up. */
  vaultName?: pulumi.Input<string>;
  /**
   * The grants that this service holds. Its credential is created after them, because creating one holds the
   * application's lock for seconds while everything else of that application waits. Default: none.
   * No Output: the SDK searches the value of an Output for unknowns, and from one resource it finds all the others.
   */
  grants?: ApplicationPermissionGrant[] | Promise<ApplicationPermissionGrant[]>;
}

/** How a service proves to Entra who it is. */
export type Credential =
  /** Client secrets that rotate into its vault; those that must exist, oldest first: see `secretsOn`. */
  | { readonly kind: "secret"; readonly secrets: readonly IssuedSecret[] }
  /** A certificate of the team's, PEM; its private key is in the vault under {@link certificateSecretName}. */
  | { readonly kind: "certificate"; readonly certificate: string }
  /** Its managed identity, and no secret at all: such a service has no vault. */
  | { readonly kind: "federated" };

/** Where a team puts the PEM of its private key, by itself: Pulumi never sees it. */
export const certificateSecretName = "client-certificate";

/** One service: its app registration, its managed identity, its credential, and the vault that keeps that. */
export class Microservice extends pulumi.ComponentResource {
  public readonly registration: AppRegistration;
  /** None for a service without any secret. */
  public readonly vault?: ServiceVault;
  public readonly secret?: ClientSecret;
  public readonly certificate?: ClientCertificate;
  /** The Azure resource id of the managed identity: assign it to the workload that runs the service. */
  public readonly identityId: pulumi.Output<string>;
  /** The client id of the managed identity: what the workload reads its secret as. Not the app registration's. */
  public readonly identityClientId: pulumi.Output<string>;
  /** The object id of the managed identity: the only reader of the vault. */
  public readonly identityPrincipalId: pulumi.Output<string>;

  constructor(name: string, args: MicroserviceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:Microservice", name, {}, opts);
    checked(`Microservice ${name}: the name`, name, serviceName);
    const child = { parent: this };
    const marked = args.mark === undefined ? undefined : { [markTag]: args.mark };

    this.registration = new AppRegistration(
      name,
      {
        displayName: `${name}-${args.environment}`,
        description: args.description,
        appRoles: args.appRoles,
        owners: args.owners,
        mark: args.mark,
      },
      child,
    );

    const identity = new UserAssignedIdentity(
      `${name}-identity`,
      {
        resourceGroupName: args.resourceGroupName,
        resourceName: `id-${name}-${args.environment}`,
        location: args.location,
        tags: marked,
      },
      child,
    );
    this.identityId = identity.id;
    this.identityClientId = identity.clientId;
    this.identityPrincipalId = identity.principalId;

    const { applicationId, application } = this.registration;
    // After everything else of its application: a credential holds the application's lock for seconds.
    const last = {
      ...child,
      dependsOn: Promise.resolve(args.grants ?? []).then((grants) => [this.registration, ...grants]),
    };
    if (args.credential.kind === "federated") {
      const { tenantId, authority } = args;
      new WorkloadCredential(
        name,
        { applicationId, application, tenantId, authority, principalId: identity.principalId },
        last,
      );
    } else {
      this.vault = new ServiceVault(
        name,
        {
          ...args.vault,
          vaultName: args.vaultName,
          resourceGroupName: args.resourceGroupName,
          location: args.location,
          tenantId: args.tenantId,
          readerPrincipalId: identity.principalId,
          tags: marked,
        },
        child,
      );
    }
    if (args.credential.kind === "certificate") {
      const { certificate } = args.credential;
      this.certificate = new ClientCertificate(
        `${name}-certificate`,
        { applicationId, application, certificate },
        last,
      );
    }
    if (args.credential.kind === "secret" && this.vault) {
      this.secret = new ClientSecret(
        `${name}-secret`,
        {
          applicationId,
          application,
          resourceGroupName: args.resourceGroupName,
          vaultName: this.vault.vaultName,
          vault: this.vault.vault,
          secrets: args.credential.secrets,
        },
        last,
      );
    }

    this.registerOutputs({ identityId: this.identityId, identityPrincipalId: this.identityPrincipalId });
  }
}
