/**
 * What differs between the clouds of Azure for a service: the authority, and the audience of a token that a registration takes
 * in exchange. https://learn.microsoft.com/entra/workload-id/workload-identity-federation
 */
export const clouds = {
  public: { authority: "https://login.microsoftonline.com", tokenExchange: "api://AzureADTokenExchange" },
  usgovernment: { authority: "https://login.microsoftonline.us", tokenExchange: "api://AzureADTokenExchangeUSGov" },
  china: { authority: "https://login.partner.microsoftonline.cn", tokenExchange: "api://AzureADTokenExchangeChina" },
} as const;

export type CloudName = keyof typeof clouds;

/** The named cloud, or the one that an authority belongs to: the public one for an authority that tells nothing. */
export function cloudOf({
  cloud,
  authority,
}: {
  readonly cloud?: CloudName | undefined;
  readonly authority?: string | undefined;
}): (typeof clouds)[CloudName] {
  if (cloud !== undefined) return clouds[cloud];
  if (authority !== undefined && /\.us\/?$/.test(authority)) return clouds.usgovernment;
  if (authority !== undefined && /\.cn\/?$/.test(authority)) return clouds.china;
  return clouds.public;
}
