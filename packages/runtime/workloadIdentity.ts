import { readFile } from "node:fs/promises";
import type { TokenCredential } from "@azure/identity";
import { CredentialUnavailable } from "./credentialUnavailable";
import { EntraRefusal, requestToken } from "./entra";

export interface WorkloadIdentityOptions {
  /** Without a slash at the end. */
  readonly authority: string;
  readonly tenantId: string;
  /** The client id of the managed identity. */
  readonly clientId: string;
  /** The file with the token of the pod's service account. */
  readonly file: string;
  readonly fetch: typeof fetch;
}

/**
 * A managed identity in Kubernetes, whose tokens are requested with the token of a trusted service account. The Azure SDK has
 * such a credential too, but it hides why Entra refuses, so nobody knows whether to retry and what to do.
 * https://learn.microsoft.com/entra/workload-id/workload-identity-federation
 */
export function workloadIdentity({ file, fetch, ...client }: WorkloadIdentityOptions): TokenCredential {
  return {
    /** @throws CredentialUnavailable, EntraRefusal */
    async getToken(scopes, { abortSignal, claims } = {}) {
      const signal = abortSignal instanceof AbortSignal ? abortSignal : new AbortController().signal;
      const authentication = { clientAssertion: () => accountToken(file) };
      const scope = [scopes].flat().join(" ");
      try {
        const { value, lifetimeMs } = await requestToken({ ...client, authentication, scope, claims, fetch, signal });
        return { token: value, expiresOnTimestamp: Date.now() + lifetimeMs };
      } catch (error) {
        throw error instanceof EntraRefusal ? error.of(`the managed identity ${client.clientId}`) : error;
      }
    },
  };
}

/**
 * The token of the pod's service account. Kubernetes replaces it before it expires, so it is read for each use.
 *
 * @throws CredentialUnavailable
 */
export async function accountToken(file: string): Promise<string> {
  const allowed = "allowed: the file where Kubernetes writes the token of the pod's service account";
  const content = await readFile(file, "utf8").catch(({ code }: NodeJS.ErrnoException) => {
    const reason = `AZURE_FEDERATED_TOKEN_FILE is ${file}, which cannot be read (${code}); ${allowed}`;
    throw new CredentialUnavailable(reason, code !== "ENOENT");
  });
  const token = content.trim();
  if (token !== "") return token;
  throw new CredentialUnavailable(`AZURE_FEDERATED_TOKEN_FILE is ${file}, which is empty; ${allowed}`, true);
}
