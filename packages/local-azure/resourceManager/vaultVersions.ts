import { keyVaultRetirement, keyVaultVersions } from "@microservice-identities/well-known/keyVaultVersions";
import type { Tenant } from "../tenant";

const { retiring, lasting } = keyVaultVersions;
const retired = Date.parse(keyVaultRetirement) + 86_400_000;

/** The API versions of Key Vault's control plane that are served at the tenant's time. */
export const vaultVersions = ({ now }: Tenant): readonly string[] =>
  now.getTime() < retired ? [...retiring, ...lasting] : lasting;

/**
 * Whether a new vault uses Azure RBAC if its request does not set it.
 * https://learn.microsoft.com/azure/key-vault/general/access-control-default
 */
export const isRbacByDefault = (apiVersion: string | undefined): boolean => lasting.some((each) => each === apiVersion);
