import { SecretClient } from "@azure/keyvault-secrets";
import type { ProvedService, SecretLocation } from "./provedService";
import { retrying } from "./retrying";

/** What a vault answered. */
export interface VaultAnswer {
  /** HTTP's; 0 when there was no answer. */
  readonly status: number;
  readonly value?: string;
  /** Key Vault's code, when its network rules refused and not its access: `ForbiddenByFirewall` or `ForbiddenByConnection`. */
  readonly network?: string;
  /** For a person, with a colon before it; empty after a success. */
  readonly reason: string;
}

/** Gets a secret as a service's identity. */
export const vaultReading = (
  reader: Pick<ProvedService, "identity">,
  { vaultUri, secretName }: SecretLocation,
): Promise<VaultAnswer> => answerOf(async () => (await clientOf(reader, vaultUri).getSecret(secretName)).value);

/** Lists the first secret of a vault. */
export const vaultListing = (reader: ProvedService, { vaultUri }: SecretLocation): Promise<VaultAnswer> =>
  answerOf(async () => {
    await clientOf(reader, vaultUri).listPropertiesOfSecrets().next();
    return undefined;
  });

function clientOf({ identity }: Pick<ProvedService, "identity">, vaultUri: string): SecretClient {
  // The vault's host name is not one of Azure's on loopback; on Azure the check stays on.
  const disableChallengeResourceVerification = new URL(vaultUri).hostname === "localhost";
  return new SecretClient(vaultUri, identity, { disableChallengeResourceVerification });
}

async function answerOf(request: () => Promise<string | undefined>): Promise<VaultAnswer> {
  try {
    // The client tries a few times itself, which a bad minute outlasts.
    return { status: 200, value: await retrying(request, isVaultTrouble), reason: "" };
  } catch (error) {
    const { statusCode = 0, message } = error as { statusCode?: number; message: string };
    const network = statusCode === 403 ? networkRefusals.find(([words]) => message.includes(words))?.[1] : undefined;
    return { status: statusCode, ...(network ? { network } : {}), reason: `: ${message.split("\n")[0]}` };
  }
}

/**
 * Key Vault's inner codes by the words of its messages: the client keeps the message and neither the body nor the inner code.
 * https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
 */
const networkRefusals: readonly (readonly [words: string, code: string])[] = [
  ["Client address is not authorized", "ForbiddenByFirewall"],
  ["Public network access is disabled", "ForbiddenByConnection"],
];

const isVaultTrouble = (error: unknown): boolean => {
  const { statusCode, code } = error as { statusCode?: number; code?: string };
  // A host that is not there, or that does not listen, is not a bad minute of Azure's.
  if (["ENOTFOUND", "ECONNREFUSED"].includes(code ?? "")) return false;
  return statusCode === undefined || statusCode === 429 || statusCode >= 500;
};
