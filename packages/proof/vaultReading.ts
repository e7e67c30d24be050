import { SecretClient } from "@azure/keyvault-secrets";
import type { ProvedService, SecretLocation } from "./provedService";
import { retrying } from "./retrying";

/** The answer of a vault. */
export interface VaultAnswer {
  /** The HTTP status; 0 without an answer. */
  readonly status: number;
  readonly value?: string;
  /** Key Vault's code if its network rules refused the request: `ForbiddenByFirewall` or `ForbiddenByConnection`. */
  readonly network?: string;
  /** The reason for people, with a colon before it; empty after a success. */
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
  // On loopback, the vault's host name is not Azure's. On Azure, the check stays on.
  const disableChallengeResourceVerification = new URL(vaultUri).hostname === "localhost";
  return new SecretClient(vaultUri, identity, { disableChallengeResourceVerification });
}

async function answerOf(request: () => Promise<string | undefined>): Promise<VaultAnswer> {
  try {
    // The client retries a few times itself, but not long enough for a short outage.
    return { status: 200, value: await retrying(request, isVaultTrouble), reason: "" };
  } catch (error) {
    const { statusCode = 0, message } = error as { statusCode?: number; message: string };
    const network = statusCode === 403 ? networkRefusals.find(([words]) => message.includes(words))?.[1] : undefined;
    return { status: statusCode, ...(network ? { network } : {}), reason: `: ${message.split("\n")[0]}` };
  }
}

/**
 * Key Vault's inner codes by words of their messages, because the client keeps only the message of an answer.
 * https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
 */
const networkRefusals: readonly (readonly [words: string, code: string])[] = [
  ["Client address is not authorized", "ForbiddenByFirewall"],
  ["Public network access is disabled", "ForbiddenByConnection"],
];

const isVaultTrouble = (error: unknown): boolean => {
  const { statusCode, code } = error as { statusCode?: number; code?: string };
  // A host that does not exist or does not listen is not a transient failure.
  if (["ENOTFOUND", "ECONNREFUSED"].includes(code ?? "")) return false;
  return statusCode === undefined || statusCode === 429 || statusCode >= 500;
};
