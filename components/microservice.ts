import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import * as pulumi from "@pulumi/pulumi";
import { RandomUuid } from "@pulumi/random/randomUuid";
import { guid, identityName, serviceName } from "../packages/validation/formats";
import { azureRoles } from "../packages/well-known/azureRoles";
import { type CloudName, cloudOf } from "../packages/well-known/clouds";
import type { ApplicationPermissionGrant } from "./applicationPermissionGrant";
import { AppRegistration, type AppRole, type RegistrationDetails } from "./appRegistration";
import { checked } from "./checked";
import { ClientCertificate } from "./clientCertificate";
import { ClientSecret } from "./clientSecret";
import { trustTokens } from "./identityTrust";
import { markTag } from "./markTag";
import { defaultNames, type NameTemplates, nameBy } from "./resourceNames";
import type { IssuedSecret } from "./rotation";
import { type KubernetesAccount, trustsOf } from "./serviceAccount";
import { ServiceAccountCredential } from "./serviceAccountCredential";
import { ServiceVault, type VaultSettings } from "./serviceVault";
import { WorkloadCredential } from "./workloadCredential";

export interface MicroserviceArgs {
  /** What the service is for: 1 to 1024 characters. */
  description: pulumi.Input<string>;
  /** Part of its names in Entra and Azure, so that several stacks can have the service; for example `dev`. */
  environment: string;
  /** The name of the landscape, for `names`. Default: none. */
  landscape?: string;
  /** Templates of its names in Entra and Azure. Default: `{service}-{environment}` and the like. */
  names?: NameTemplates;
  /** The app roles that its API exposes, by value. Default: none. */
  appRoles?: Readonly<Record<string, AppRole>>;
  resourceGroupName: pulumi.Input<string>;
  /** The Azure region, for example `westeurope`. */
  location: pulumi.Input<string>;
  /** The Entra tenant: a GUID. */
  tenantId: pulumi.Input<string>;
  /** Object ids of the owners of the service principal. Include the deployer. */
  owners: pulumi.Input<pulumi.Input<string>[]>;
  /** The stack's mark; see `stackMark`. Default: none. */
  mark?: pulumi.Input<string>;
  /** Tags of its managed identity and its vault, in addition to the stack's mark. Default: none. */
  tags?: Readonly<Record<string, string>>;
  /** What a tenant may demand of its registration. Default: none. */
  details?: RegistrationDetails;
  /** How the service signs in to Entra. */
  credential: Credential;
  /** The cloud of the tenant. Default: the authority's; without one, `public`. */
  cloud?: CloudName;
  /** The authority that issues the tenant's tokens. Default: the cloud's. */
  authority?: string;
  /**
   * The object id of the service principal that deploys the service's workload: it may assign the managed identity to workloads, and
   * so can run code as the service. Default: nobody.
   */
  workloadDeployer?: string;
  /** Where it runs. Default: where Azure assigns its managed identity. */
  workload?: Workload;
  /** Settings of its vault. */
  vault?: VaultSettings;
  /** The name of its vault. Default: a generated name. */
  vaultName?: pulumi.Input<string>;
  /**
   * The grants of this service. Its credential is created after their API accesses, because creating a credential locks the
   * application for seconds, and everything else of the application waits. Default: none.
   * Not an Output: the SDK searches the value of an Output for unknowns, and from one resource it reaches all others.
   */
  grants?: ApplicationPermissionGrant[] | Promise<ApplicationPermissionGrant[]>;
}

/** How a service signs in to Entra. */
export type Credential =
  /** Client secrets that rotate into its vault. `secrets` must exist, oldest first; see `secretsOn`. */
  | { readonly kind: "secret"; readonly secrets: readonly IssuedSecret[] }
  /** A certificate (PEM) that the team supplies. Its private key is in the vault as {@link certificateSecretName}. */
  | { readonly kind: "certificate"; readonly certificate: string }
  /** Its managed identity, without a secret. The service has no vault. */
  | { readonly kind: "federated" };

/** Where a service runs, if not where Azure assigns its managed identity. */
export interface Workload {
  /**
   * The service accounts whose pods run as the service, 20 at most. With the credential `federated` the registration trusts them
   * itself, and the service has no managed identity; with another, its managed identity trusts them, which reads the vault.
   */
  readonly kubernetes: KubernetesAccount | readonly KubernetesAccount[];
}

/** The secret in which the team itself stores its private key (PEM). Pulumi never sees the key. */
export const certificateSecretName = "client-certificate";

/**
 * One service: its app registration, managed identity, credential, and the vault for the credential.
 *
 * @example
 * ```ts
 * import { Microservice, secretsOnSchedule } from "pulumi-microservice-identities";
 *
 * const rotation = { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 };
 * const orders = new Microservice("orders", {
 *   description: "Takes orders.",
 *   environment: "prod",
 *   appRoles: { "Orders.Read": { description: "Read orders and their state." } },
 *   resourceGroupName: "rg-shop-prod",
 *   location: "westeurope",
 *   tenantId: "33333333-3333-4333-8333-333333333333",
 *   owners: ["11111111-1111-4111-8111-111111111111"],
 *   credential: { kind: "secret", secrets: secretsOnSchedule(new Date(), rotation, "orders") },
 * });
 * export const identityId = orders.identityId;
 * ```
 */
export class Microservice extends pulumi.ComponentResource {
  public readonly registration: AppRegistration;
  /** Absent for a service without a secret. */
  public readonly vault?: ServiceVault;
  public readonly secret?: ClientSecret;
  public readonly certificate?: ClientCertificate;
  /**
   * The Azure resource id of the managed identity: assign it to the workload that runs the service. Absent for a
   * federated service in Kubernetes, which has no managed identity. The next two properties are then absent too.
   */
  public readonly identityId?: pulumi.Output<string>;
  /** The client id of the managed identity, with which the workload reads its secret. Not the one of the app registration. */
  public readonly identityClientId?: pulumi.Output<string>;
  /** The object id of the managed identity: the only reader of the vault. */
  public readonly identityPrincipalId?: pulumi.Output<string>;

  constructor(name: string, args: MicroserviceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:Microservice", name, {}, opts);
    checked(`Microservice ${name}: the name`, name, serviceName);
    const child = { parent: this };
    const marked =
      args.mark === undefined && args.tags === undefined
        ? undefined
        : { ...args.tags, ...(args.mark === undefined ? {} : { [markTag]: args.mark }) };

    const named = (of: keyof NameTemplates): string =>
      nameBy(args.names?.[of] ?? defaultNames[of], {
        landscape: args.landscape ?? "",
        environment: args.environment,
        service: name,
      });
    this.registration = new AppRegistration(
      name,
      {
        displayName: named("registration"),
        description: args.description,
        appRoles: args.appRoles,
        owners: args.owners,
        mark: args.mark,
        details: args.details,
      },
      child,
    );

    const { applicationId, application } = this.registration;
    // After everything else of its application, because creating a credential locks the application for seconds. The assignments
    // belong to service principals, so they can be created at the same time.
    const last = {
      ...child,
      dependsOn: Promise.resolve(args.grants ?? []).then((grants) => [
        this.registration,
        ...grants.flatMap(({ apiAccess }) => apiAccess ?? []),
      ]),
    };
    const accounts = args.workload && [args.workload.kubernetes].flat();
    if (accounts && args.credential.kind === "federated") {
      // A token that a managed identity got by federation is refused in another federation (AADSTS700231).
      new ServiceAccountCredential(name, { applicationId, application, accounts, cloud: cloudOf(args).name }, last);
      this.registerOutputs({});
      return;
    }

    const identity = new UserAssignedIdentity(
      `${name}-identity`,
      {
        resourceGroupName: args.resourceGroupName,
        resourceName: checked(`Microservice ${name}: the name of the identity`, named("identity"), identityName),
        location: args.location,
        tags: marked,
      },
      child,
    );
    this.identityId = identity.id;
    this.identityClientId = identity.clientId;
    this.identityPrincipalId = identity.principalId;
    if (args.workloadDeployer !== undefined) this.letDeploy(name, identity, args.workloadDeployer);
    if (accounts) {
      const trusts = trustsOf(`Microservice ${name}`, accounts);
      const { resourceGroupName } = args;
      trustTokens(name, { identity, resourceGroupName, audience: cloudOf(args).tokenExchange }, trusts, this);
    }

    if (args.credential.kind === "federated") {
      const { tenantId, authority, cloud } = args;
      new WorkloadCredential(
        name,
        { applicationId, application, tenantId, cloud, authority, principalId: identity.principalId },
        last,
      );
    } else {
      this.vault = new ServiceVault(
        name,
        {
          ...args.vault,
          vaultName: args.vaultName,
          vaultPrefix: named("vault"),
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
          signIn: pulumi
            .all([this.registration.clientId, args.tenantId])
            .apply(([clientId, tenantId]) => ({ clientId, tenantId, authority: args.authority, cloud: args.cloud })),
        },
        last,
      );
    }

    this.registerOutputs({});
  }
  /** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/identity#managed-identity-operator */
  private letDeploy(name: string, identity: UserAssignedIdentity, deployer: string): void {
    const subscription = identity.id.apply((id) => id.split("/").slice(0, 3).join("/"));
    new RoleAssignment(
      `${name}-deployer`,
      {
        roleAssignmentName: new RandomUuid(`${name}-deployer-name`, {}, { parent: this }).result,
        scope: identity.id,
        principalId: checked(`Microservice ${name}: workloadDeployer`, deployer, guid),
        principalType: "ServicePrincipal",
        roleDefinitionId: pulumi.interpolate`${subscription}/providers/Microsoft.Authorization/roleDefinitions/${azureRoles.managedIdentityOperator.id}`,
      },
      { parent: this, deletedWith: identity },
    );
  }
}
