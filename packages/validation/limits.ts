/**
 * How long, how many, how often: every limit of what people write, once. Lengths count characters.
 *
 * The local Azure has limits of its own, so that a mistake here shows there.
 */
export const limits = {
  /**
   * Of an application or an app role. Graph documents none; an app role is called by its value where it has no other
   * name, so this is the limit of {@link limits.appRoleValue}.
   */
  displayName: 120,

  /** https://learn.microsoft.com/graph/api/resources/approle (`value`) */
  appRoleValue: 120,

  /** Of an application; taken for app roles too. https://learn.microsoft.com/graph/api/resources/application (`description`) */
  description: 1024,

  /** Of a reason, an owner, a subject: ours. It is a sentence or two in a review, not a document. */
  reason: 500,

  /** Of the message of a finding, which a waiver repeats: ours. */
  finding: 2000,

  /**
   * Ours: with an environment's name it becomes the name of a resource group (90), a managed identity (128) and a
   * registration, and must stay legible there.
   */
  serviceName: 40,

  /** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftresources */
  resourceGroupName: 90,

  /** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftmanagedidentity */
  identityName: { least: 3, most: 128 },

  /** https://learn.microsoft.com/graph/api/resources/federatedidentitycredential (`name`) */
  credentialName: { least: 3, most: 120 },

  /**
   * What one registration may hold: the APIs that it calls, those of them that another tenant owns (as Microsoft's), the
   * roles that it is granted, and the items of all its lists together, of which its own app roles are the most.
   * https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation (`AzureADMyOrg`)
   */
  registration: { apis: 50, apisOfOtherTenants: 10, permissions: 400, items: 1000 },

  /** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations */
  tagName: 512,
  /** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations */
  tagValue: 256,
  /** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations: 50, one of which is the stack's mark. */
  tags: 49,

  /** People beside the deployer. The azuread provider sends at most 20 owners with a new application. */
  owners: 19,

  /** Of an application. https://learn.microsoft.com/graph/api/resources/application (`notes`) */
  notes: 1024,

  /** Of an application or a managed identity. https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations */
  federatedCredentials: 20,

  /** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name */
  vaultName: { least: 3, most: 24 },

  /** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name */
  secretName: 127,

  /**
   * Days for which a deleted vault or secret can be recovered; Azure's default is the most.
   * https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
   */
  retentionDays: { least: 7, most: 90 },

  /** Rules of a vault's firewall. https://learn.microsoft.com/azure/key-vault/general/network-security */
  ipRules: 1000,

  /** Rules of a vault's firewall. https://learn.microsoft.com/azure/key-vault/general/network-security */
  subnets: 200,

  /**
   * Days from a client secret's creation to its end. Entra allows more; the baseline MS.AAD.5.6v1 of CISA's SCuBA does
   * not. https://github.com/cisagov/ScubaGear/blob/main/PowerShell/ScubaGear/baselines/aad.md
   */
  secretValidityDays: 180,

  /**
   * Days for which a certificate is valid, as in SCuBA's MS.AAD.5.7v1.
   * https://github.com/cisagov/ScubaGear/blob/main/PowerShell/ScubaGear/baselines/aad.md
   */
  certificateValidityDays: 365,
} as const;
