/** The credential is unavailable. */
export class CredentialUnavailable extends Error {
  constructor(
    message: string,
    readonly isTransient: boolean,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}
