/** Names that stand for whatever tenant the caller is from. */
export const sharedTenants: readonly string[] = ["common", "organizations"];

/** What a tenant can be called in an address: by its id, or by its domain. In lower case. */
export const tenantNames = (id: string): readonly string[] => [id, initialDomain(id)];

/** The domain that a tenant has from the beginning. */
export const initialDomain = (id: string): string => `${id}.onmicrosoft.com`;
