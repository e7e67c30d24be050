import { setTimeout as delay } from "node:timers/promises";
import { ManagedIdentityCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";
import { ConfidentialClientApplication, type NodeAuthOptions } from "@azure/msal-node";
import type { ServiceConfiguration } from "./configuration";
import { CredentialError, isSecretOutdated, TokenError, tokenError } from "./tokenError";

export { TokenError } from "./tokenError";

export interface CallerOptions {
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly clock?: () => number;
  /**
   * How long before its end a token is renewed, in seconds, while it goes on being used. Default 300, and never more than
   * half of a token's life.
   */
  readonly renewBefore?: number;
  /** How often a request to Entra or the vault is made that fails for a reason that passes. Default 4. */
  readonly attempts?: number;
}

interface Token {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly renewAt: number;
  readonly endsAt: number;
}

type Credential = Pick<NodeAuthOptions, "clientSecret" | "clientCertificate" | "clientAssertion">;

/** The clock of the machine that checks the token may be ahead. */
const marginMs = 5_000;

/**
 * Gets tokens for other services, by the client credentials grant. A token is kept until shortly before its end, and renewed
 * while it still holds; however many wait for one, one request is under way for each API. When Entra no longer takes the
 * client secret, it is read again, once, so that no caller notices a rotation.
 */
export class Caller {
  private readonly tokens = new Map<string, Token>();
  private readonly underWay = new Map<string, Promise<Token>>();
  private credential: Promise<Credential> | undefined;
  private vault: SecretClient | undefined;
  private readonly identity: ManagedIdentityCredential;
  private readonly clock: () => number;
  private readonly renewBeforeMs: number;
  private readonly attempts: number;

  constructor(
    private readonly configuration: ServiceConfiguration,
    { clock = Date.now, renewBefore = 300, attempts = 4 }: CallerOptions = {},
  ) {
    this.identity = new ManagedIdentityCredential({ clientId: configuration.identityClientId });
    this.clock = clock;
    this.renewBeforeMs = renewBefore * 1000;
    this.attempts = attempts;
  }

  /**
   * A token for an API, by its name in the configuration.
   *
   * @throws TokenError with Entra's code, and what to do
   */
  async tokenFor(api: string): Promise<string> {
    const token = this.tokens.get(api);
    const now = this.clock();
    if (token && now < token.renewAt) return token.value;
    const renewal = this.renew(api);
    if (!token || now >= token.endsAt - marginMs) return (await renewal).value;
    // It still holds: nobody waits for the next one, and a renewal that fails is begun again by the next call.
    renewal.catch(() => {});
    return token.value;
  }

  /**
   * `fetch` with the token of an API. An answer of 401 is tried once more, with a fresh token: the API may know something of
   * the token that its caller does not.
   *
   * @param address https, for a token in plain http is everybody's
   * @throws TokenError, TypeError for another address or for a body that cannot be sent twice
   */
  async fetch(api: string, address: string | URL, init: RequestInit = {}): Promise<Response> {
    const { protocol } = new URL(address);
    if (protocol !== "https:") throw new TypeError(`${address}: allowed for a request with a token: an https address`);
    if (init.body instanceof ReadableStream)
      throw new TypeError(`${address}: allowed as a body: what can be sent again, no stream`);
    const token = await this.tokenFor(api);
    const response = await this.send(address, init, token);
    if (response.status !== 401) return response;
    await response.body?.cancel();
    if (this.tokens.get(api)?.value === token) this.tokens.delete(api);
    return this.send(address, init, await this.tokenFor(api));
  }

  private send(address: string | URL, init: RequestInit, token: string): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${token}`);
    // Followed, a redirect would take the token along.
    return fetch(address, { ...init, redirect: "error", headers });
  }

  private renew(api: string): Promise<Token> {
    const waiting = this.underWay.get(api);
    if (waiting) return waiting;
    const scope = this.configuration.scopes[api];
    if (scope === undefined) {
      const known = Object.keys(this.configuration.scopes).join(", ") || "none";
      return Promise.reject(new TokenError(api, undefined, `it is not configured; the APIs are: ${known}`));
    }
    const renewal = this.request(api, scope)
      .then((token) => {
        this.tokens.set(api, token);
        return token;
      })
      .finally(() => this.underWay.delete(api));
    this.underWay.set(api, renewal);
    return renewal;
  }

  private async request(api: string, scope: string): Promise<Token> {
    let rereads = 0;
    for (let attempt = 1; ; ) {
      const used = this.currentCredential();
      try {
        return await this.ask(await used, scope);
      } catch (error) {
        const known = tokenError(api, error);
        if (isSecretOutdated(known.code) && this.configuration.credential.kind === "secret" && rereads === 0) {
          rereads++;
          // Unless another API's request has read it again in the meantime.
          if (this.credential === used) this.credential = undefined;
          continue;
        }
        if (!known.isTransient || attempt === this.attempts) throw known;
        await delay(100 * 2 ** attempt++);
      }
    }
  }

  /** With a new client each time: the library's own goes on refusing for a minute what was refused once. */
  private async ask(credential: Credential, scope: string): Promise<Token> {
    const { clientId, tenantId, authority = "https://login.microsoftonline.com" } = this.configuration;
    const client = new ConfidentialClientApplication({
      auth: {
        clientId,
        ...credential,
        authority: `${authority}/${tenantId}`,
        knownAuthorities: [new URL(authority).host],
      },
    });
    const begun = this.clock();
    const result = await client.acquireTokenByClientCredential({ scopes: [scope], skipCache: true });
    if (!result?.expiresOn) throw new Error("no token in the answer");
    const endsAt = result.expiresOn.getTime();
    const renewAt = endsAt - Math.min(this.renewBeforeMs, (endsAt - begun) / 2);
    return { value: result.accessToken, renewAt, endsAt };
  }

  /** Read once, and again when it is outdated. */
  private currentCredential(): Promise<Credential> {
    if (!this.credential) {
      const reading = this.readCredential();
      this.credential = reading;
      reading.catch(() => {
        if (this.credential === reading) this.credential = undefined;
      });
    }
    return this.credential;
  }

  private async readCredential(): Promise<Credential> {
    const { credential } = this.configuration;
    if (credential.kind === "federated") {
      // The managed identity's own token is the proof.
      const clientAssertion = async () => (await this.identity.getToken("api://AzureADTokenExchange/.default")).token;
      return { clientAssertion };
    }
    const { vaultUri, secretName } = credential;
    // A vault on loopback has no host name of Azure's; elsewhere the check stays on.
    const disableChallengeResourceVerification = new URL(vaultUri).hostname === "localhost";
    this.vault ??= new SecretClient(vaultUri, this.identity, { disableChallengeResourceVerification });
    const { value } = await this.vault.getSecret(secretName).catch((error: Error) => {
      const { statusCode = 0 } = error as { statusCode?: number };
      const isTransient = statusCode === 0 || statusCode === 429 || statusCode >= 500;
      throw new CredentialError(
        `${vaultUri}: the secret ${secretName} cannot be read: ${reasonOf(error)}`,
        isTransient,
      );
    });
    if (!value) throw new CredentialError(`${vaultUri}: the secret ${secretName} is empty`, false);
    return credential.kind === "secret"
      ? { clientSecret: value }
      : { clientCertificate: { thumbprintSha256: credential.thumbprint, privateKey: value } };
  }
}

const reasonOf = (error: Error): string => {
  const { statusCode, code } = error as { statusCode?: number; code?: string };
  return [statusCode, code ?? error.name].filter(Boolean).join(" ");
};
