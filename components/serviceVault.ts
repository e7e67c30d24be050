import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment";
import { Vault } from "@pulumi/azure-native/keyvault/vault";
import { DiagnosticSetting } from "@pulumi/azure-native/monitor/diagnosticSetting";
import { PrivateDnsZoneGroup } from "@pulumi/azure-native/network/privateDnsZoneGroup";
import { PrivateEndpoint } from "@pulumi/azure-native/network/privateEndpoint";
import * as pulumi from "@pulumi/pulumi";
import { RandomString } from "@pulumi/random/randomString";
import { RandomUuid } from "@pulumi/random/randomUuid";
import {
  guid,
  oneOf,
  privateDnsZoneId,
  subnetId,
  vaultName,
  wholeNumber,
  workspaceId,
} from "../packages/validation/formats";
import { limits } from "../packages/validation/limits";
import { publicAddress } from "../packages/validation/publicAddress";
import { azureRoles } from "../packages/well-known/azureRoles";
import { checked } from "./checked";
import { explainsSoftDeletion } from "./softDeletion";

/** What controls access to a vault's secrets: the vault's access policies, or Azure role assignments. */
export type VaultAuthorization = "accessPolicies" | "rbac";

/** The settings of a stack's vaults. */
export interface VaultSettings {
  /**
   * Default `accessPolicies`. With `migrating` the access policies control access, and the role assignments exist too: deploy it
   * between the other two, because Azure takes up to ten minutes until it knows a new role assignment.
   * https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
   */
  readonly authorization?: VaultAuthorization | "migrating";
  /**
   * For `rbac` and `migrating`: the GUID of the definition of the role that each service gets on its vault. Default: Key Vault
   * Secrets User, which can also list secrets. The bootstrap defines one that can only get them, and prints its GUID.
   */
  readonly readerRole?: string;
  /** Days for which a deleted vault or secret can be recovered: 7 to 90. Default 90. Fixed once the vault exists. */
  readonly retentionDays?: number;
  /** Nobody, not even an owner, can purge a deleted vault or secret before its retention ends. Cannot be turned off later. Default true. */
  readonly purgeProtection?: boolean;
  /** Which networks can read secrets. Deployments use Resource Manager, which this does not restrict. Default: all networks. */
  readonly network?: VaultNetwork;
  /** `disabled`: secrets can be read only through private endpoints, and `network` has no effect. Default `enabled`. */
  readonly publicNetworkAccess?: "enabled" | "disabled";
  /** A private endpoint for each vault. Default: none. */
  readonly privateEndpoint?: VaultEndpoint;
  /** Where the vault's audit log and metrics go. Default: nowhere. */
  readonly diagnostics?: VaultDiagnostics;
}

/** A private endpoint, by which workloads reach a vault from within a virtual network. */
export interface VaultEndpoint {
  /** The Azure resource id of its subnet. */
  readonly subnet: string;
  /** The Azure resource id of the private DNS zone `privatelink.vaultcore.azure.net`. Default: none; a policy of the landing zone may add it. */
  readonly dnsZone?: string;
}

export interface VaultDiagnostics {
  /** The Azure resource id of the Log Analytics workspace. */
  readonly workspace: string;
}

/** The networks that a vault's firewall admits. All others are refused. */
export interface VaultNetwork {
  /** Public IPv4 addresses, or ranges like `203.0.113.0/24`. Default: none. */
  readonly ipRules?: readonly string[];
  /** Azure resource ids of subnets that have the service endpoint `Microsoft.KeyVault`. Default: none. */
  readonly subnets?: readonly string[];
}

export interface ServiceVaultArgs extends VaultSettings {
  resourceGroupName: pulumi.Input<string>;
  /** The Azure region, for example `westeurope`. */
  location: pulumi.Input<string>;
  /** The id of the tenant of the reader: a GUID. */
  tenantId: pulumi.Input<string>;
  /** The name of the vault: globally unique, 3 to 24 characters. Default: the component's name (shortened), a hyphen and six random characters. */
  vaultName?: pulumi.Input<string>;
  /** What a generated name begins with. Default: the component's name. */
  vaultPrefix?: string;
  /** Tags of the vault, by name. Default: none. */
  tags?: Readonly<Record<string, pulumi.Input<string>>>;
  /** The object id of the one identity that may read the secrets: the service's managed identity. */
  readerPrincipalId: pulumi.Input<string>;
}

/**
 * A Key Vault for one service, because an access policy applies to a whole vault. The service's managed identity may get
 * secrets; nobody may list them, unless the reader has the built-in role Key Vault Secrets User.
 *
 * @example
 * ```ts
 * import { ServiceVault } from "pulumi-microservice-identities";
 *
 * const vault = new ServiceVault("orders", {
 *   resourceGroupName: "rg-shop-prod",
 *   location: "westeurope",
 *   tenantId: "33333333-3333-4333-8333-333333333333",
 *   readerPrincipalId: "44444444-4444-4444-8444-444444444444",
 * });
 * export const vaultUri = vault.vaultUri;
 * ```
 */
export class ServiceVault extends pulumi.ComponentResource {
  /** What controls access to its secrets. */
  public readonly authorization: VaultAuthorization;
  /** The GUID of the role that the reader has; absent with access policies, and for Key Vault Secrets User. */
  public readonly readerRole: string | undefined;
  /** The vault itself. Resources that are deleted together with it refer to it in `deletedWith`. */
  public readonly vault: Vault;
  /** The Azure resource id of the vault. */
  public readonly vaultId: pulumi.Output<string>;
  public readonly vaultName: pulumi.Output<string>;
  /** The address of the vault: `https://{vault name}.vault.azure.net/`. */
  public readonly vaultUri: pulumi.Output<string>;

  constructor(name: string, args: ServiceVaultArgs, opts?: pulumi.ComponentResourceOptions) {
    const { authorization = "accessPolicies", readerRole } = args;
    const hasRoles = authorization !== "accessPolicies";
    // An input, so that it is in the state, where a review reads it; policy packs see only outputs.
    const stated = hasRoles && readerRole !== undefined ? { readerRole } : {};
    super("microservice-identities:index:ServiceVault", name, stated, opts);
    const where = `ServiceVault ${name}`;
    checked(`${where}: authorization`, authorization, oneOf("accessPolicies", "migrating", "rbac"));
    if (readerRole !== undefined) checked(`${where}: readerRole`, readerRole, guid);
    this.authorization = authorization === "rbac" ? "rbac" : "accessPolicies";
    this.readerRole = this.authorization === "rbac" ? readerRole : undefined;
    const { least, most } = limits.retentionDays;

    this.vault = new Vault(
      `${name}-vault`,
      {
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        ...(args.tags ? { tags: args.tags } : {}),
        vaultName: checked(
          `${where}: vaultName`,
          args.vaultName ?? this.uniqueVaultName(name, args.vaultPrefix ?? name),
          vaultName,
        ),
        properties: {
          tenantId: args.tenantId,
          sku: { family: "A", name: "standard" },
          enableSoftDelete: true,
          softDeleteRetentionInDays: checked(
            `${where}: retentionDays`,
            args.retentionDays ?? most,
            wholeNumber(least, most),
          ),
          // Azure accepts only `true`: a vault without purge protection must omit the property.
          enablePurgeProtection: (args.purgeProtection ?? true) ? true : undefined,
          // Always set, because its default differs between API versions.
          enableRbacAuthorization: authorization === "rbac",
          ...(args.publicNetworkAccess ? { publicNetworkAccess: args.publicNetworkAccess } : {}),
          ...(args.network ? { networkAcls: networkRules(args.network, `${where}: network`) } : {}),
          // Inline policies are authoritative: the next deployment removes a policy that was added by hand.
          accessPolicies:
            authorization === "rbac"
              ? []
              : [{ tenantId: args.tenantId, objectId: args.readerPrincipalId, permissions: { secrets: ["get"] } }],
        },
      },
      {
        parent: this,
        hooks: {
          onError: [
            explainsSoftDeletion(
              name,
              this,
              ({ vaultName: deleted }) =>
                `a deleted vault reserves the name ${deleted}. \`npm run up\` recovers it with its secrets if a stack of this project created it; otherwise \`az keyvault recover --name ${deleted}\` does, or choose another vaultName`,
            ),
          ],
        },
      },
    );
    this.vaultId = this.vault.id;
    this.vaultName = this.vault.name;
    this.vaultUri = this.vault.properties.vaultUri as pulumi.Output<string>;

    if (hasRoles) {
      // A name that the program generates: it stays the same if an interrupted deployment is repeated.
      const assignmentName = new RandomUuid(`${name}-reader-name`, {}, { parent: this });
      new RoleAssignment(
        `${name}-reader`,
        {
          roleAssignmentName: assignmentName.result,
          scope: this.vaultId,
          principalId: args.readerPrincipalId,
          // Set explicitly: otherwise Azure looks up the identity, which may not have replicated yet.
          principalType: "ServicePrincipal",
          roleDefinitionId: pulumi.interpolate`${subscriptionOf(this.vaultId)}/providers/Microsoft.Authorization/roleDefinitions/${readerRole ?? azureRoles.keyVaultSecretsUser.id}`,
        },
        { parent: this, deletedWith: this.vault },
      );
    }

    if (args.privateEndpoint) this.makeEndpoint(name, args, args.privateEndpoint);
    if (args.diagnostics) {
      const workspace = checked(`${where}: diagnostics.workspace`, args.diagnostics.workspace, workspaceId);
      new DiagnosticSetting(
        `${name}-diagnostics`,
        {
          resourceUri: this.vaultId,
          name: "audit",
          workspaceId: workspace,
          // A group of categories, because Azure adds new categories to it.
          logs: [{ categoryGroup: "audit", enabled: true }],
          metrics: [{ category: "AllMetrics", enabled: true }],
        },
        { parent: this, deletedWith: this.vault },
      );
    }

    this.registerOutputs(stated);
  }

  private makeEndpoint(
    name: string,
    { resourceGroupName, location, tags }: ServiceVaultArgs,
    { subnet, dnsZone }: VaultEndpoint,
  ): void {
    const where = `ServiceVault ${name}: privateEndpoint`;
    const privateEndpointName = pulumi.interpolate`pe-${this.vaultName}`;
    const endpoint = new PrivateEndpoint(
      `${name}-endpoint`,
      {
        resourceGroupName,
        location,
        ...(tags ? { tags } : {}),
        privateEndpointName,
        subnet: { id: checked(`${where}.subnet`, subnet, subnetId) },
        privateLinkServiceConnections: [
          // "vault" is Key Vault's one sub-resource.
          { name: "vault", privateLinkServiceId: this.vaultId, groupIds: ["vault"] },
        ],
      },
      { parent: this },
    );
    if (dnsZone === undefined) return;
    new PrivateDnsZoneGroup(
      `${name}-endpoint-dns`,
      {
        resourceGroupName,
        privateEndpointName,
        privateDnsZoneGroupName: "default",
        privateDnsZoneConfigs: [
          { name: "vault", privateDnsZoneId: checked(`${where}.dnsZone`, dnsZone, privateDnsZoneId) },
        ],
      },
      { parent: this, deletedWith: endpoint, dependsOn: endpoint },
    );
  }

  /** Vault names are unique in all of Azure, and the name of a deleted vault stays reserved until it is purged. */
  private uniqueVaultName(name: string, prefix: string): pulumi.Output<string> {
    const suffix = new RandomString(
      `${name}-vault-suffix`,
      { length: 6, upper: false, special: false },
      { parent: this },
    );
    return pulumi.interpolate`${prefix.slice(0, 17).replace(/-+$/, "")}-${suffix.result}`;
  }
}

function networkRules({ ipRules = [], subnets = [] }: VaultNetwork, where: string) {
  return {
    defaultAction: "Deny",
    // "AzureServices" would admit services that nobody here uses.
    bypass: "None",
    // In the form that Azure returns, so that a refresh shows no drift.
    ipRules: ipRules.map((value) => {
      checked(`${where}.ipRules`, value, publicAddress);
      return { value: value.includes("/") ? value : `${value}/32` };
    }),
    virtualNetworkRules: subnets.map((id) => {
      checked(`${where}.subnets`, id, subnetId);
      return { id: id.toLowerCase() };
    }),
  };
}

const subscriptionOf = (id: pulumi.Output<string>): pulumi.Output<string> =>
  id.apply((path) => path.split("/").slice(0, 3).join("/"));
