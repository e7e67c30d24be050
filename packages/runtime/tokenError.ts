/** Why there is no token, and what to do about it. Says nothing of the credential. */
export class TokenError extends Error {
  override readonly name = "TokenError";

  constructor(
    /** The API that the token was for. */
    readonly api: string,
    /** Entra's code, as in `AADSTS501051`; none when Entra did not answer. */
    readonly code: string | undefined,
    /** What to do. */
    readonly remedy: string,
    /** Whether the same request may succeed a little later. */
    readonly isTransient: boolean = false,
  ) {
    super(`no token for ${api}: ${code === undefined ? "" : `${code}: `}${remedy}`);
  }
}

/** The credential cannot be had from the service's vault. */
export class CredentialError extends Error {
  constructor(
    message: string,
    readonly isTransient: boolean,
  ) {
    super(message);
  }
}

/** https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const remedies: Readonly<Record<string, string>> = {
  AADSTS7000215: "the client secret is wrong; look at the newest version in the service's vault",
  AADSTS7000222: "the client secret has expired; deploy the stack, which renews it",
  AADSTS700016: "there is no such application in the tenant; check the client id and the tenant",
  AADSTS700027: "the certificate is not the one in the registration, or has expired",
  AADSTS700211: "the registration has no federated identity credential of this issuer; deploy the stack",
  AADSTS700213: "the registration trusts another managed identity; check the client id of the identity",
  AADSTS500011: "there is no such API in the tenant; check the scope",
  AADSTS501051: "the service holds no app role of the API; declare the call in the landscape, and deploy",
  AADSTS50105: "the service holds no app role of the API; declare the call in the landscape, and deploy",
  AADSTS90002: "there is no such tenant",
  AADSTS90033: "Entra has a bad moment; try again",
  AADSTS90055: "Entra is asked too often; try again later",
};

const transientCodes = ["AADSTS90033", "AADSTS90055"];

/** The secret has been renewed since it was read. */
export const isSecretOutdated = (code: string | undefined): boolean =>
  code === "AADSTS7000215" || code === "AADSTS7000222";

export function tokenError(api: string, error: unknown): TokenError {
  if (error instanceof CredentialError) return new TokenError(api, undefined, error.message, error.isTransient);
  const { message = "" } = error as Partial<Error>;
  const code = /AADSTS\d+/.exec(message)?.[0];
  const remedy =
    code === undefined
      ? "Entra could not be reached, or did not answer; try again"
      : (remedies[code] ?? `see https://login.microsoftonline.com/error?code=${code.replace("AADSTS", "")}`);
  // Not as the cause: what a client library says may repeat the request.
  return new TokenError(api, code, remedy, code === undefined || transientCodes.includes(code));
}
