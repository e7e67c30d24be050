/**
 * Why there is no token, and what to do. It contains no part of the credential, and has no `cause`, because the error of a
 * client library can repeat the request.
 */
export class TokenError extends Error {
  override readonly name = "TokenError";
  /** The API that the token was for. */
  readonly api: string;
  /**
   * Entra's code, for example `AADSTS501051`, or one of these, which never change:
   *
   * - `ERR_API_UNKNOWN`: the API is not in the configuration
   * - `ERR_CREDENTIAL`: the vault or the managed identity does not return the credential
   * - `ERR_ENTRA_UNAVAILABLE`: Entra could not be reached, did not answer in time, or answered 429 or 5xx
   * - `ERR_TOKEN_UNUSABLE`: the answer contains no token
   */
  readonly code: string;
  /** What to do. */
  readonly remedy: string;
  /** Whether the same request can succeed later. */
  readonly isTransient: boolean;
  /** How long to wait, if Entra or the vault sent `Retry-After`, in milliseconds. */
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
