/** What an API of the proof is made for. The runtime's samples declare the same for themselves: they import no other room. */
export interface ProvedApiOptions {
  /** The service that the proof plays. */
  readonly name: string;
  /** The API's client id: the audience of its tokens. */
  readonly clientId: string;
  /** The values of its app roles. */
  readonly roles: readonly string[];
  readonly tenantId: string;
  /** `https://localhost:{port}` or `https://login.microsoftonline.com`. */
  readonly authority: string;
  /** The certificate that it shows. */
  readonly certificate: { readonly key: string; readonly cert: string };
  /** How it gets the tenant's signing keys. */
  readonly fetch: typeof fetch;
}

/** The API of a service, guarded as the service guards it, on loopback. */
export interface ProvedApi {
  /** Asks for what an app role is for, with a token. @returns the status */
  use(role: string, token: string): Promise<number>;
  close(): Promise<void>;
}

/**
 * What a module exports that starts the APIs of a proof. The proof is told which one: it judges what answers there, and
 * so brings none along.
 */
export interface ProvedApiModule {
  startProvedApi(options: ProvedApiOptions): Promise<ProvedApi>;
}
