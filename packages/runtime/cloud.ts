/**
 * The differences between Azure's clouds that matter to a service: the authority, and the audience of tokens that a federated
 * identity credential accepts. https://learn.microsoft.com/entra/workload-id/workload-identity-federation
 */
export const clouds = {
  public: { authority: "https://login.microsoftonline.com", tokenExchange: "api://AzureADTokenExchange" },
  usgovernment: { authority: "https://login.microsoftonline.us", tokenExchange: "api://AzureADTokenExchangeUSGov" },
  china: { authority: "https://login.partner.microsoftonline.cn", tokenExchange: "api://AzureADTokenExchangeChina" },
} as const;

export type CloudName = keyof typeof clouds;

/** The named cloud, or else the cloud of the authority. Default: the public cloud, even for an unknown authority. */
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
