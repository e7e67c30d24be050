/** The credential cannot be had from where it is. */
export class CredentialUnavailable extends Error {
  constructor(
    message: string,
    readonly isTransient: boolean,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}
