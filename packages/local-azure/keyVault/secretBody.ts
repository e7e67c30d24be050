import { z } from "zod";
import { badParameter } from "./keyVaultError";

/** Seconds since 1970. As recorded, Key Vault also accepts milliseconds, which are times thousands of years from now. */
export const unixTime = z.int().min(0);

/** https://learn.microsoft.com/azure/key-vault/secrets/about-secrets#secret-tags */
export const secretTags = z
  .record(z.string().max(512), z.string().max(512))
  .refine((tags) => Object.keys(tags).length <= 15, { error: "at most 15 tags" });

const attributes = z.strictObject({
  enabled: z.boolean().optional(),
  exp: unixTime.optional(),
  nbf: unixTime.optional(),
});

/** The body of PUT of a secret. */
export const setBody = z.strictObject({
  value: z.string().max(25_000),
  contentType: z.string().max(255).optional(),
  attributes: attributes.optional(),
  tags: secretTags.optional(),
});

export const updateBody = setBody.omit({ value: true });

export const restoreBody = z.strictObject({ value: z.string() });

/** @throws KeyVaultError that names the property */
export function parse<T>(type: z.ZodType<T>, body: unknown): T {
  const parsed = type.safeParse(body);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  if (issue?.code !== "unrecognized_keys" && issue?.path.length === 0)
    throw badParameter(`The body has no members: ${issue.message}`);
  throw badParameter(`Property ${issue?.path.join(".")} has an invalid value: ${issue?.message}`);
}

/** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#object-identifiers */
export function checkSecretName(name: string): void {
  if (!/^[0-9a-z-]{1,127}$/i.test(name)) throw badParameter(`The request URI contains an invalid name: ${name}`);
}
