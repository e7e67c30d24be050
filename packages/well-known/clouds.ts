/** Where a cloud's APIs are, without a slash at the end. */
export interface Cloud {
  /** Where tokens come from. */
  readonly authority: string;
  readonly graph: string;
  readonly resourceManager: string;
  /** The audience of tokens for any Key Vault. */
  readonly keyVault: string;
  /** The audience of a token that a registration takes in exchange: the one of federated identity credentials. */
  readonly tokenExchange: string;
}

/** https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud */
export const publicCloud: Cloud = {
  authority: "https://login.microsoftonline.com",
  graph: "https://graph.microsoft.com",
  resourceManager: "https://management.azure.com",
  keyVault: "https://vault.azure.net",
  tokenExchange: "api://AzureADTokenExchange",
};

/**
 * The audience of a token that a registration takes in exchange, by the authority of its cloud.
 * https://learn.microsoft.com/entra/workload-id/workload-identity-federation
 */
export function tokenExchangeOf(authority: string): string {
  if (authority.endsWith(".us")) return `${publicCloud.tokenExchange}USGov`;
  if (authority.endsWith(".cn")) return `${publicCloud.tokenExchange}China`;
  return publicCloud.tokenExchange;
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
