import type { ProvedService, SecretLocation } from "./provedService";
import type { VaultObservation } from "./report";
import { vaultListing, vaultReading } from "./vaultReading";

/** A service can `get` the secret in its own vault, and cannot `list`, unless it has the built-in role. Every other vault refuses it. */
export async function observeVault(
  reader: ProvedService,
  owner: ProvedService,
  secret: SecretLocation,
): Promise<VaultObservation & { readonly value?: string }> {
  const own = reader === owner;
  const whose = own ? "its own vault" : `the vault of ${owner.name}`;
  const { status, network, value, reason } = await vaultReading(reader, secret);
  const expected = own ? 200 : 403;
  const differences: string[] = [];
  // The network refuses every request from here, so this shows nothing about the identity's rights.
  if (network !== undefined)
    differences.push(
      `${reader.name}: reading ${whose} was refused by its network rules (${network}), expected an answer that depends on its permissions`,
    );
  else if (status !== expected)
    differences.push(`${reader.name}: reading ${whose} answered ${status}, expected ${expected}${reason}`);
  if (own) {
    const list = await vaultListing(reader, secret);
    // "Key Vault Secrets User" also reads metadata, and therefore lists. An access policy or a custom role can grant `get` alone.
    const { vaultAuthorization, vaultReaderRole } = owner.entry;
    const listed = vaultAuthorization === "rbac" && vaultReaderRole === undefined ? 200 : 403;
    if (list.status !== listed)
      differences.push(`${reader.name}: listing ${whose} answered ${list.status}, expected ${listed}`);
  }
  return { reader: reader.name, vault: owner.name, status, differences, value };
}
