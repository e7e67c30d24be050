import { ManagedIdentityCredential, type TokenCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";
import { cloudOf } from "./cloud";
import type { ServiceConfiguration } from "./configuration";
import { CredentialUnavailable } from "./credentialUnavailable";
import { type ClientAuthentication, EntraRefusal } from "./entra";
import { retryAfterMs } from "./retryAfter";
import { vaultRefusalOf } from "./vaultRefusal";
import { accountToken, workloadIdentity } from "./workloadIdentity";

/** A service's credential. Printing it does not show the value, and in a heap dump the name of the property does not reveal what the value is. */
export class Credential {
  readonly #value: string;
  readonly #use: (value: string) => ClientAuthentication;
  /** When this version was written to the vault, in milliseconds since 1970; absent without a vault. */
  readonly updatedAt: number | undefined;
  /** The previous version of the vault's secret, if the deployment names it. */
  readonly previousVersion: string | undefined;

  constructor(
    value: string,
    use: (value: string) => ClientAuthentication,
    { updatedAt, previousVersion }: { readonly updatedAt?: number; readonly previousVersion?: string } = {},
  ) {
    this.#value = value;
    this.#use = use;
    this.updatedAt = updatedAt;
    this.previousVersion = previousVersion;
  }

  authentication(): ClientAuthentication {
    return this.#use(this.#value);
  }

  isSameAs(other: Credential): boolean {
    return this.#value === other.#value;
  }
}

/** Reads a service's credential: from its vault, by its managed identity, or from Kubernetes. */
export class CredentialSource {
  readonly #configuration: ServiceConfiguration;
  readonly #authority: string;
  readonly #fetch: typeof fetch;
  #identity: TokenCredential | undefined;
  #vault: SecretClient | undefined;

  /** @param authority without a slash at the end */
  constructor(configuration: ServiceConfiguration, authority: string, fetch: typeof globalThis.fetch) {
    this.#configuration = configuration;
    this.#authority = authority;
    this.#fetch = fetch;
  }

  /**
   * @param version of the vault's secret. Default: the newest
   * @throws CredentialUnavailable; EntraRefusal for the identity that reads the vault
   */
  async read(signal: AbortSignal, version?: string): Promise<Credential> {
    const { credential } = this.#configuration;
    // A new token for each use, because it expires before the process ends.
    if (credential.kind === "federated")
      return new Credential("", () => ({ clientAssertion: () => this.#assertion() }));
    const { vaultUri, secretName } = credential;
    const vault = this.#vaultAt(vaultUri);
    const reading = vault.getSecret(secretName, { abortSignal: signal, version });
    const { value, properties } = await reading.catch((error: unknown) => {
      throw unavailable(`${vaultUri}: the secret ${secretName} cannot be read`, error);
    });
    if (!value) throw new CredentialUnavailable(`${vaultUri}: the secret ${secretName} is empty`, false);
    const use = (read: string): ClientAuthentication =>
      credential.kind === "secret"
        ? { clientSecret: read }
        : { clientCertificate: { thumbprintSha256: credential.thumbprint, privateKey: read } };
    const { updatedOn, tags } = properties;
    return new Credential(value, use, { updatedAt: updatedOn?.getTime(), previousVersion: tags?.previousVersion });
  }

  /** The token that the registration trusts: Kubernetes' own, or the managed identity's. */
  async #assertion(): Promise<string> {
    const { federatedTokenFile: file } = this.#configuration;
    if (file !== undefined) return accountToken(file);
    const identity = this.#identityOf();
    const { tokenExchange } = cloudOf({ cloud: this.#configuration.cloud, authority: this.#authority });
    const token = await identity.getToken(`${tokenExchange}/.default`).catch((error: unknown) => {
      throw unavailable("the managed identity returned no token", error);
    });
    if (!token) throw new CredentialUnavailable("the managed identity returned no token", true);
    return token.token;
  }

  #identityOf(): TokenCredential {
    const { identityClientId: clientId, tenantId, federatedTokenFile: file } = this.#configuration;
    this.#identity ??=
      file === undefined
        ? new ManagedIdentityCredential({ clientId })
        : workloadIdentity({ authority: this.#authority, tenantId, clientId, file, fetch: this.#fetch });
    return this.#identity;
  }

  #vaultAt(vaultUri: string): SecretClient {
    this.#vault ??= new SecretClient(vaultUri, this.#identityOf(), {
      // A vault on loopback has no host name of Azure. Elsewhere the check stays on.
      disableChallengeResourceVerification: new URL(vaultUri).hostname === "localhost",
      // The caller retries, together with the other requests for a token.
      retryOptions: { maxRetries: 0 },
    });
    return this.#vault;
  }
}

/** Contains only the status, and the code or its meaning, because the rest may repeat a request. Errors of this package stay unchanged. */
function unavailable(what: string, error: unknown): Error {
  if (error instanceof CredentialUnavailable || error instanceof EntraRefusal) return error;
  const { statusCode, code, name, response } = error as {
    readonly statusCode?: number;
    readonly code?: string;
    readonly name?: string;
    readonly response?: { readonly headers?: { get?(name: string): string | undefined } };
  };
  const isTransient = statusCode === undefined || statusCode === 429 || statusCode >= 500;
  const wait = retryAfterMs(response?.headers?.get?.("retry-after"), Date.now());
  return new CredentialUnavailable(
    `${what}: ${[statusCode, vaultRefusalOf(error) ?? code ?? name].filter(Boolean).join(" ")}`,
    isTransient,
    wait,
  );
}
