/** An error as Key Vault's data plane writes it. */
export class KeyVaultError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly inner?: string,
  ) {
    super(message);
  }

  body(): Record<string, unknown> {
    const { code, message, inner } = this;
    return { error: { code, message, ...(inner ? { innererror: { code: inner } } : {}) } };
  }
}

export const badParameter = (message: string) => new KeyVaultError(400, "BadParameter", message);

export const secretNotFound = (name: string) =>
  new KeyVaultError(
    404,
    "SecretNotFound",
    `A secret with (name/id) ${name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182`,
  );

export const conflict = (message: string, inner: string) => new KeyVaultError(409, "Conflict", message, inner);
