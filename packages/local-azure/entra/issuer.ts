/** The issuer of a tenant's access tokens of version 1, which are those for Azure's own APIs. */
export const issuerOf = (tenantId: string): string => `https://sts.windows.net/${tenantId}/`;
