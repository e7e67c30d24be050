/** Names that mean the tenant of the caller. */
export const sharedTenants: readonly string[] = ["common", "organizations"];

/** The names of a tenant in an address: its id and its domain. In lower case. */
export const tenantNames = (id: string): readonly string[] => [id, initialDomain(id)];

/** The domain that a tenant has from the beginning. */
export const initialDomain = (id: string): string => `${id}.onmicrosoft.com`;
