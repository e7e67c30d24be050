/** The settings of an API in the proof. The runtime's samples declare the same type again, because they are not allowed to import another package. */
export interface ProvedApiOptions {
  /** The service that the proof simulates. */
  readonly name: string;
  /** The API's client id: the audience of its tokens. */
  readonly clientId: string;
  /** The values of its app roles. */
  readonly roles: readonly string[];
  readonly tenantId: string;
  /** `https://localhost:{port}` or `https://login.microsoftonline.com`. */
  readonly authority: string;
  /** Its TLS certificate. */
  readonly certificate: { readonly key: string; readonly cert: string };
  /** How it gets the tenant's signing keys. */
  readonly fetch: typeof fetch;
}

/** The guarded API of a service, on loopback. */
export interface ProvedApi {
  /** Sends a request that requires an app role, with a token. @returns the status */
  use(role: string, token: string): Promise<number>;
  close(): Promise<void>;
}

/**
 * The exports of a module that starts the APIs of a proof. The proof gets the module as an option and contains none, because it
 * must not judge its own code.
 */
export interface ProvedApiModule {
  startProvedApi(options: ProvedApiOptions): Promise<ProvedApi>;
}
