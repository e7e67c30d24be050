/**
 * The words for a right to sign in with the tokens of an issuer, between its holder and the identity: for example
 * `signs in with a token from https://token.actions.githubusercontent.com as`.
 */
export const signsInFrom = (issuer: string): string => `signs in with a token from ${issuer} as`;

/** The issuer in the words of {@link signsInFrom}; `undefined` for any other right, for example `runs as`. */
export const issuerIn = (what: string): string | undefined => /^signs in with a token from (.*) as$/s.exec(what)?.[1];
