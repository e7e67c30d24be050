/**
 * Why there is no token, and what to do about it. It says nothing of the credential, and has no cause: what a client library
 * says may repeat the request.
 */
export class TokenError extends Error {
  override readonly name = "TokenError";
  /** The API that the token was for. */
  readonly api: string;
  /**
   * Entra's code, as in `AADSTS501051`, or one of these, which never change:
   *
   * - `ERR_API_UNKNOWN`: the API is not in the configuration
   * - `ERR_CREDENTIAL`: the credential cannot be read from the vault, or had from the managed identity
   * - `ERR_ENTRA_UNAVAILABLE`: Entra could not be reached, did not answer in time, or answered 429 or 5xx
   * - `ERR_TOKEN_UNUSABLE`: the answer holds no token
   */
  readonly code: string;
  /** What to do. */
  readonly remedy: string;
  /** Whether the same request may succeed a little later. */
  readonly isTransient: boolean;
  /** Milliseconds to wait, where Entra or the vault says so by `Retry-After`. */
  readonly retryAfterMs: number | undefined;

  constructor(
    api: string,
    { code, remedy, isTransient = false, retryAfterMs }: Pick<TokenError, "code" | "remedy"> & Partial<TokenError>,
  ) {
    super(`no token for ${api}: ${code.startsWith("AADSTS") ? `${code}: ` : ""}${remedy}`);
    this.api = api;
    this.code = code;
    this.remedy = remedy;
    this.isTransient = isTransient;
    this.retryAfterMs = retryAfterMs;
  }
}
