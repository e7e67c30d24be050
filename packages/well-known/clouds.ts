/** Where a cloud's APIs are, without a slash at the end. */
export interface Cloud {
  readonly name: CloudName;
  /** Where tokens come from. */
  readonly authority: string;
  readonly graph: string;
  readonly resourceManager: string;
  /** The older name of Resource Manager, which tokens have as audience too. */
  readonly resourceManagerClassic: string;
  /** The audience of tokens for any Key Vault. */
  readonly keyVault: string;
  /** What the host names of vaults end with. */
  readonly vaultSuffix: string;
  /** The audience of a token that a registration takes in exchange: the one of federated identity credentials. */
  readonly tokenExchange: string;
  /** The cloud's name for the Azure CLI, and in small letters for the action azure/login. */
  readonly cliName: string;
}

export const cloudNames = ["public", "usgovernment", "china"] as const;

/** As the settings name a cloud, and `ARM_ENVIRONMENT` of the providers for Azure. */
export type CloudName = (typeof cloudNames)[number];

/**
 * The clouds of Azure, each with tenants, people and addresses of its own.
 *
 * https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud,
 * https://learn.microsoft.com/graph/deployments, https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure,
 * https://learn.microsoft.com/entra/workload-id/workload-identity-federation (the audiences)
 */
export const clouds: Readonly<Record<CloudName, Cloud>> = {
  public: {
    name: "public",
    authority: "https://login.microsoftonline.com",
    graph: "https://graph.microsoft.com",
    resourceManager: "https://management.azure.com",
    resourceManagerClassic: "https://management.core.windows.net",
    keyVault: "https://vault.azure.net",
    vaultSuffix: "vault.azure.net",
    tokenExchange: "api://AzureADTokenExchange",
    cliName: "AzureCloud",
  },
  usgovernment: {
    name: "usgovernment",
    authority: "https://login.microsoftonline.us",
    graph: "https://graph.microsoft.us",
    resourceManager: "https://management.usgovcloudapi.net",
    resourceManagerClassic: "https://management.core.usgovcloudapi.net",
    keyVault: "https://vault.usgovcloudapi.net",
    vaultSuffix: "vault.usgovcloudapi.net",
    tokenExchange: "api://AzureADTokenExchangeUSGov",
    cliName: "AzureUSGovernment",
  },
  china: {
    name: "china",
    authority: "https://login.partner.microsoftonline.cn",
    graph: "https://microsoftgraph.chinacloudapi.cn",
    resourceManager: "https://management.chinacloudapi.cn",
    resourceManagerClassic: "https://management.core.chinacloudapi.cn",
    keyVault: "https://vault.azure.cn",
    vaultSuffix: "vault.azure.cn",
    tokenExchange: "api://AzureADTokenExchangeChina",
    cliName: "AzureChinaCloud",
  },
};

export const publicCloud: Cloud = clouds.public;

/**
 * The cloud of a tenant: the named one, or the one that its authority belongs to.
 *
 * @param given an authority of a local Azure tells nothing about the cloud. Default: the public cloud
 */
export function cloudOf({ cloud, authority }: { readonly cloud?: CloudName; readonly authority?: string }): Cloud {
  if (cloud !== undefined) return clouds[cloud];
  if (authority !== undefined && /\.us\/?$/.test(authority)) return clouds.usgovernment;
  // China has had two authorities.
  if (authority !== undefined && /\.cn\/?$/.test(authority)) return clouds.china;
  return publicCloud;
}

/** The client ids of Microsoft's own APIs, the same in every tenant. */
export const firstParty = {
  keyVault: "cfa8b339-82a2-471a-a3c9-0fc0be7a4093",
  resourceManager: "797f4846-ba00-4fd7-ba43-dac1f8f63013",
  tokenExchange: "fb60f99c-7a34-4190-8149-302f77469936",
} as const;

/** The tenant that owns Microsoft's own applications. */
export const microsoftTenantId = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

/** Who issues the tokens of GitHub's workflows. */
export const githubIssuer = "https://token.actions.githubusercontent.com";
