import { SecretClient } from "@azure/keyvault-secrets";
import type { ProvedService, SecretLocation } from "./provedService";
import type { VaultObservation } from "./report";
import { retrying } from "./retrying";

/** Its own vault opens for a service, to `get` and, by access policy, not to `list`; every other one refuses it. */
export async function observeVault(
  reader: ProvedService,
  owner: ProvedService,
  { vaultUri, secretName }: SecretLocation,
): Promise<{ observation: VaultObservation; value?: string }> {
  // The vault's host name is not one of Azure's on loopback; on Azure the check stays on.
  const disableChallengeResourceVerification = new URL(vaultUri).hostname === "localhost";
  const client = new SecretClient(vaultUri, reader.identity, { disableChallengeResourceVerification });
  const own = reader === owner;
  const whose = own ? "its own vault" : `the vault of ${owner.name}`;
  const get = await statusOf(async () => (await client.getSecret(secretName)).value);
  const expected = own ? 200 : 403;
  const differences =
    get.status === expected
      ? []
      : [`${reader.name}: reading ${whose} answered ${get.status}, expected ${expected}${get.reason}`];
  if (own) {
    const list = await statusOf(async () => (await client.listPropertiesOfSecrets().next()).value);
    // "Key Vault Secrets User" reads metadata too, so that it lists; an access policy can give `get` alone.
    const listed = owner.entry.vaultAuthorization === "rbac" ? 200 : 403;
    if (list.status !== listed)
      differences.push(`${reader.name}: listing ${whose} answered ${list.status}, expected ${listed}`);
  }
  const observation = { reader: reader.name, vault: owner.name, status: get.status, differences };
  return { observation, value: get.value };
}

const isVaultTrouble = (error: unknown): boolean => {
  const { statusCode } = error as { statusCode?: number };
  return statusCode === undefined || statusCode === 429 || statusCode >= 500;
};

async function statusOf<T>(request: () => Promise<T>): Promise<{ status: number; value?: T; reason: string }> {
  try {
    // The client tries a few times itself, which a bad minute outlasts.
    return { status: 200, value: await retrying(request, isVaultTrouble), reason: "" };
  } catch (error) {
    const { statusCode = 0, message } = error as { statusCode?: number; message: string };
    return { status: statusCode, reason: `: ${message.split("\n")[0]}` };
  }
}
