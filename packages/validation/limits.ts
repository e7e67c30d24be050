/**
 * Every limit of the values that people write. Lengths are in characters.
 *
 * The local Azure does not use these limits, so that its own reveal a mistake here.
 */
export const limits = {
  /**
   * The display name of an application or an app role. Graph documents no limit. The default of an app role is its value, so this
   * is the same limit as {@link limits.appRoleValue}.
   */
  displayName: 120,

  /** https://learn.microsoft.com/graph/api/resources/approle (`value`) */
  appRoleValue: 120,

  /** The description of an application; also used for app roles. https://learn.microsoft.com/graph/api/resources/application (`description`) */
  description: 1024,

  /** A reason, an owner or a subject. The limit is this project's own: a review shows a sentence or two, not a document. */
  reason: 500,

  /** The message of a finding, which a waiver repeats. The limit is this project's own. */
  finding: 2000,

  /**
   * This project's own limit: the name of a service becomes part of the names of a managed identity (128) and a registration,
   * together with the environment's, and must stay legible there.
   */
  serviceName: 40,

  /** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftresources */
  resourceGroupName: 90,

  /** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftmanagedidentity */
  identityName: { least: 3, most: 128 },

  /** https://learn.microsoft.com/graph/api/resources/federatedidentitycredential (`name`) */
  credentialName: { least: 3, most: 120 },

  /**
   * The limits of one registration: the APIs that it calls, those of them that another tenant owns (for example Microsoft's), the
   * roles that it is granted, and the items of all its lists together, most of which are its own app roles.
   * https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation (`AzureADMyOrg`)
   */
  registration: { apis: 50, apisOfOtherTenants: 10, permissions: 400, items: 1000 },

  /** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations */
  tagName: 512,
  /** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations */
  tagValue: 256,
  /** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations: 50, one of which is the stack's mark. */
  tags: 49,

  /** Owners in addition to the deployer. The azuread provider sends at most 20 owners with a new application. */
  owners: 19,

  /** The notes of an application. https://learn.microsoft.com/graph/api/resources/application (`notes`) */
  notes: 1024,

  /** The credentials of an application or a managed identity. https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations */
  federatedCredentials: 20,

  /** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name */
  vaultName: { least: 3, most: 24 },

  /** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name */
  secretName: 127,

  /**
   * Days for which a deleted vault or secret can be recovered; Azure's default is the maximum.
   * https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
   */
  retentionDays: { least: 7, most: 90 },

  /** Rules of a vault's firewall. https://learn.microsoft.com/azure/key-vault/general/network-security */
  ipRules: 1000,

  /** Rules of a vault's firewall. https://learn.microsoft.com/azure/key-vault/general/network-security */
  subnets: 200,

  /**
   * Days from a client secret's creation to its expiry. Entra allows more, but the baseline MS.AAD.5.6v1 of CISA's SCuBA does
   * not. https://github.com/cisagov/ScubaGear/blob/main/PowerShell/ScubaGear/baselines/aad.md
   */
  secretValidityDays: 180,

  /**
   * Days for which a certificate is valid: the limit of SCuBA's MS.AAD.5.7v1.
   * https://github.com/cisagov/ScubaGear/blob/main/PowerShell/ScubaGear/baselines/aad.md
   */
  certificateValidityDays: 365,
} as const;
