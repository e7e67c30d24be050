type Json = Readonly<Record<string, unknown>>;

/**
 * The code and the text of an error that one of Azure's APIs answered with, for example `Authorization_RequestDenied: Insufficient
 * privileges to complete the operation.`; `undefined` for any other answer.
 */
export function azureError(body: Json): string | undefined {
  const { code, message } = (body.error ?? {}) as { code?: unknown; message?: unknown };
  return typeof code === "string" && typeof message === "string" ? `${code}: ${message}` : undefined;
}

/** The same from the text of an answer. If it contains no such error, the beginning of the text. */
export function azureErrorIn(text: string): string {
  try {
    return azureError(JSON.parse(text) as Json) ?? text.slice(0, longest);
  } catch {
    return text.slice(0, longest);
  }
}

const longest = 300;
