/** The addresses of a cloud's APIs, without a slash at the end. */
export interface Cloud {
  readonly name: CloudName;
  /** The authority that issues tokens. */
  readonly authority: string;
  readonly graph: string;
  readonly resourceManager: string;
  /** The older name of Resource Manager, which is also an audience of tokens. */
  readonly resourceManagerClassic: string;
  /** The audience of tokens for any Key Vault. */
  readonly keyVault: string;
  /** The end of the host names of vaults. */
  readonly vaultSuffix: string;
  /** The audience of tokens that federated identity credentials accept. */
  readonly tokenExchange: string;
  /** The cloud's name for the Azure CLI, and in small letters for the action azure/login. */
  readonly cliName: string;
}

export const cloudNames = ["public", "usgovernment", "china"] as const;

/** The name of a cloud in settings and in `ARM_ENVIRONMENT` of the providers for Azure. */
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
 * The cloud of a tenant: the named one, or the cloud of its authority. Default: the public cloud.
 *
 * @param given the address of a local Azure does not reveal the cloud
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

/** The issuer of the tokens of GitHub's workflows. */
export const githubIssuer = "https://token.actions.githubusercontent.com";

/** Who issues the tokens of jobs on gitlab.com. An instance of one's own has its own address. */
export const gitlabIssuer = "https://gitlab.com";
