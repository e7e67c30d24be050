import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationPermissionGrant } from "./applicationPermissionGrant";
import { AppRegistration, type AppRole } from "./appRegistration";
import { ClientSecret } from "./clientSecret";
import type { RotationWindow } from "./rotation";
import { ServiceVault, type VaultSettings } from "./serviceVault";
import { checked, serviceName } from "./validation";

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
  /** The windows whose client secret must exist, oldest first. See `activeWindows`. */
  windows: readonly RotationWindow[];
  /** How its vault is kept. */
  vault?: VaultSettings;
  /**
   * The grants that this service holds. Its client secrets are created after them, because creating one holds the
   * application's lock for seconds while everything else of that application waits. Default: none.
   */
  grants?: pulumi.Input<ApplicationPermissionGrant[]>;
}

/** One service: its app registration, its managed identity, its vault and the client secret in it. */
export class Microservice extends pulumi.ComponentResource {
  public readonly registration: AppRegistration;
  public readonly vault: ServiceVault;
  public readonly secret: ClientSecret;
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

    this.registration = new AppRegistration(
      name,
      {
        displayName: `${name}-${args.environment}`,
        description: args.description,
        appRoles: args.appRoles,
        owners: args.owners,
      },
      child,
    );

    const identity = new UserAssignedIdentity(
      `${name}-identity`,
      {
        resourceGroupName: args.resourceGroupName,
        resourceName: `id-${name}-${args.environment}`,
        location: args.location,
      },
      child,
    );
    this.identityId = identity.id;
    this.identityClientId = identity.clientId;
    this.identityPrincipalId = identity.principalId;

    this.vault = new ServiceVault(
      name,
      {
        ...args.vault,
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        tenantId: args.tenantId,
        readerPrincipalId: identity.principalId,
      },
      child,
    );

    this.secret = new ClientSecret(
      `${name}-secret`,
      {
        applicationId: this.registration.applicationId,
        application: this.registration.application,
        resourceGroupName: args.resourceGroupName,
        vaultName: this.vault.vaultName,
        vault: this.vault.vault,
        windows: args.windows,
      },
      {
        ...child,
        dependsOn: pulumi
          .output(args.grants ?? [])
          .apply((grants): pulumi.Resource[] => [this.registration, ...grants]) as pulumi.Input<pulumi.Resource[]>,
      },
    );

    this.registerOutputs({ identityId: this.identityId, identityPrincipalId: this.identityPrincipalId });
  }
}
