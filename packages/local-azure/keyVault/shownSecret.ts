import type { FastifyRequest } from "fastify";
import { badParameter } from "./keyVaultError";
import type { DeletedSecret, SecretVersion, Vault } from "./vault";

/** A secret without its value, as lists and updates show it. @param version absent in lists of secrets */
export function secretItem(vault: Vault, secret: SecretVersion, version?: string): Record<string, unknown> {
  const { name, contentType, attributes, tags } = secret;
  const id = `${vault.uri}secrets/${name}${version ? `/${version}` : ""}`;
  return { contentType, id, attributes: { ...attributes, ...recovery(vault) }, tags };
}

/** A secret with its value. */
export const secretBundle = (vault: Vault, secret: SecretVersion): Record<string, unknown> => ({
  value: secret.value,
  ...secretItem(vault, secret, secret.version),
});

/** Without the value: the permission to delete does not include reading. @param version absent in lists */
export function deletedSecret(vault: Vault, deleted: DeletedSecret, version?: string): Record<string, unknown> {
  const secret = newest(deleted.versions);
  const { deletedDate, scheduledPurgeDate } = deleted;
  const recoveryId = `${vault.uri}deletedsecrets/${secret.name}`;
  return { recoveryId, deletedDate, scheduledPurgeDate, ...secretItem(vault, secret, version) };
}

export const newest = (versions: readonly SecretVersion[]): SecretVersion =>
  versions[versions.length - 1] as SecretVersion;

/** https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret#deletionrecoverylevel */
function recovery({ softDeleteRetentionInDays: days, enablePurgeProtection }: Vault): Record<string, unknown> {
  const level = `${days < 90 ? "Customized" : ""}Recoverable${enablePurgeProtection ? "" : "+Purgeable"}`;
  return { recoveryLevel: level, recoverableDays: days };
}

/** Key Vault returns lists in pages of at most 25. */
export function secretPage(request: FastifyRequest, rows: readonly object[]): Record<string, unknown> {
  const { maxresults = "25", $skiptoken = "0" } = request.query as Record<string, string>;
  const [size, start] = [Number(maxresults), Number($skiptoken)];
  if (!/^\d+$/.test(maxresults) || size < 1 || size > 25)
    throw badParameter(`maxresults is '${maxresults}'; allowed: a whole number from 1 to 25`);
  if (!/^\d+$/.test($skiptoken)) throw badParameter(`$skiptoken is '${$skiptoken}': it was not given out`);
  const next = new URL(request.url, `https://${request.host}`);
  next.searchParams.set("$skiptoken", String(start + size));
  return { value: rows.slice(start, start + size), nextLink: start + size < rows.length ? next.href : null };
}
