import type { Tenant } from "../tenant";

const retiring = ["2022-07-01", "2023-02-01", "2023-07-01", "2024-11-01", "2025-05-01"];
const lasting = ["2026-02-01"];
/** https://learn.microsoft.com/azure/key-vault/general/migrate-api-version: the others retire on 2027-02-27. */
const retired = Date.parse("2027-02-28T00:00:00Z");

/** The API versions of Key Vault's control plane that are served at the tenant's time. */
export const vaultVersions = ({ now }: Tenant): readonly string[] =>
  now.getTime() < retired ? [...retiring, ...lasting] : lasting;

/**
 * Whether a new vault uses Azure RBAC when its request does not say it.
 * https://learn.microsoft.com/azure/key-vault/general/access-control-default
 */
export const isRbacByDefault = (apiVersion: string | undefined): boolean => lasting.includes(apiVersion ?? "");
