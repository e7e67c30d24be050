import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment";
import { Vault } from "@pulumi/azure-native/keyvault/vault";
import * as pulumi from "@pulumi/pulumi";
import { RandomString } from "@pulumi/random/randomString";
import { RandomUuid } from "@pulumi/random/randomUuid";
import { oneOf, publicAddress, subnetId, vaultName, wholeNumber } from "../packages/validation/formats";
import { limits } from "../packages/validation/limits";
import { azureRoles } from "../packages/well-known/azureRoles";
import { checked } from "./checked";

/** Who decides over a vault's secrets: its own access policies, or Azure role assignments on the vault. */
export type VaultAuthorization = "accessPolicies" | "rbac";

/** What a stack decides for its vaults. */
export interface VaultSettings {
  /** Default `accessPolicies`. */
  readonly authorization?: VaultAuthorization;
  /** Days for which a deleted vault or secret can be recovered: 7 to 90. Default 90. Fixed once the vault exists. */
  readonly retentionDays?: number;
  /** Nobody, not even an owner, can purge what was deleted before its time. Cannot be taken back. Default true. */
  readonly purgeProtection?: boolean;
  /** From where secrets can be read at all. Deployments go through Resource Manager, which this does not close. Default: from anywhere. */
  readonly network?: VaultNetwork;
}

/** What a vault's firewall lets through; nothing else. */
export interface VaultNetwork {
  /** Public IPv4 addresses, or ranges like `203.0.113.0/24`. Default: none. */
  readonly ipRules?: readonly string[];
  /** Azure resource ids of subnets that have the service endpoint `Microsoft.KeyVault`. Default: none. */
  readonly subnets?: readonly string[];
}

export interface ServiceVaultArgs extends VaultSettings {
  resourceGroupName: pulumi.Input<string>;
  /** The Azure region, as in `westeurope`. */
  location: pulumi.Input<string>;
  /** The tenant whose identities may be readers: a GUID. */
  tenantId: pulumi.Input<string>;
  /** Globally unique, 3 to 24 characters. Default: the beginning of the component's name, a hyphen and six random ones. */
  vaultName?: pulumi.Input<string>;
  /** Tags of the vault, by name. Default: none. */
  tags?: Readonly<Record<string, pulumi.Input<string>>>;
  /** The object id of the one identity that may read the secrets: the service's managed identity. */
  readerPrincipalId: pulumi.Input<string>;
}

/**
 * A service's own Key Vault, because an access policy opens a whole vault: its managed identity may get secrets, nobody
 * may list them.
 */
export class ServiceVault extends pulumi.ComponentResource {
  /** Who decides over its secrets. */
  public readonly authorization: VaultAuthorization;
  /** The vault itself; what goes with it names it in `deletedWith`. */
  public readonly vault: Vault;
  /** The Azure resource id of the vault. */
  public readonly vaultId: pulumi.Output<string>;
  public readonly vaultName: pulumi.Output<string>;
  /** Where the vault answers: `https://{vault name}.vault.azure.net/`. */
  public readonly vaultUri: pulumi.Output<string>;

  constructor(name: string, args: ServiceVaultArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:ServiceVault", name, {}, opts);
    const where = `ServiceVault ${name}`;
    const authorization = args.authorization ?? "accessPolicies";
    checked(`${where}: authorization`, authorization, oneOf("accessPolicies", "rbac"));
    this.authorization = authorization;
    const { least, most } = limits.retentionDays;

    this.vault = new Vault(
      `${name}-vault`,
      {
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        ...(args.tags ? { tags: args.tags } : {}),
        vaultName: checked(`${where}: vaultName`, args.vaultName ?? this.uniqueVaultName(name), vaultName),
        properties: {
          tenantId: args.tenantId,
          sku: { family: "A", name: "standard" },
          enableSoftDelete: true,
          softDeleteRetentionInDays: checked(
            `${where}: retentionDays`,
            args.retentionDays ?? most,
            wholeNumber(least, most),
          ),
          // Azure takes only `true`: a vault without it must leave the property out.
          enablePurgeProtection: (args.purgeProtection ?? true) ? true : undefined,
          // Always said: its default differs between API versions.
          enableRbacAuthorization: authorization === "rbac",
          ...(args.network ? { networkAcls: networkRules(args.network, `${where}: network`) } : {}),
          // Inline, and so authoritative: a policy added by hand is removed by the next deployment.
          accessPolicies:
            authorization === "rbac"
              ? []
              : [{ tenantId: args.tenantId, objectId: args.readerPrincipalId, permissions: { secrets: ["get"] } }],
        },
      },
      { parent: this },
    );
    this.vaultId = this.vault.id;
    this.vaultName = this.vault.name;
    this.vaultUri = this.vault.properties.vaultUri as pulumi.Output<string>;

    if (authorization === "rbac") {
      // Our own name for it, known before it exists: made again after a broken deployment, it is the same one.
      const assignmentName = new RandomUuid(`${name}-reader-name`, {}, { parent: this });
      new RoleAssignment(
        `${name}-reader`,
        {
          roleAssignmentName: assignmentName.result,
          scope: this.vaultId,
          principalId: args.readerPrincipalId,
          // Said, so that Azure does not look up an identity that may not have replicated yet.
          principalType: "ServicePrincipal",
          roleDefinitionId: pulumi.interpolate`${subscriptionOf(this.vaultId)}/providers/Microsoft.Authorization/roleDefinitions/${azureRoles.keyVaultSecretsUser.id}`,
        },
        { parent: this, deletedWith: this.vault },
      );
    }

    this.registerOutputs({ vaultId: this.vaultId, vaultName: this.vaultName, vaultUri: this.vaultUri });
  }

  /** Vault names are shared by all of Azure, and a deleted vault keeps its name until it is purged. */
  private uniqueVaultName(name: string): pulumi.Output<string> {
    const suffix = new RandomString(
      `${name}-vault-suffix`,
      { length: 6, upper: false, special: false },
      { parent: this },
    );
    return pulumi.interpolate`${name.slice(0, 17).replace(/-+$/, "")}-${suffix.result}`;
  }
}

function networkRules({ ipRules = [], subnets = [] }: VaultNetwork, where: string) {
  return {
    defaultAction: "Deny",
    // "AzureServices" would let in what nobody here uses.
    bypass: "None",
    // As Azure writes them itself: what it answers is then what was asked for, and no drift.
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
