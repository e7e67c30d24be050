import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { DataPlaneContext } from "./dataPlaneContext";
import { KeyVaultError, secretNotFound } from "./keyVaultError";
import { parse, restoreBody } from "./secretBody";
import { checkNotDeleted } from "./secrets";
import { newest, secretItem } from "./shownSecret";
import { type SecretVersion, secretKey } from "./vault";

const header = "AzureKeyVaultSecretBackupV1.microsoft.com.";

/**
 * Backup and restore of secrets. In Azure a backup is encrypted, and can be restored only in the same subscription. Here
 * it is a reference to data that the local Azure keeps until it stops.
 */
export function backupRoutes(app: FastifyInstance, { clock, permitted }: DataPlaneContext): void {
  const backups = new Map<string, readonly SecretVersion[]>();

  app.post<{ Params: { name: string } }>(
    "/secrets/:name/backup",
    { config: { takesNoBody: true } },
    async (request) => {
      const vault = permitted(request, "backup");
      const versions = vault.secrets.get(secretKey(request.params.name));
      if (!versions) throw secretNotFound(request.params.name);
      const id = randomUUID();
      backups.set(id, versions);
      return { value: Buffer.from(`${header}${id}`).toString("base64url") };
    },
  );

  app.post("/secrets/restore", async (request) => {
    const vault = permitted(request, "restore");
    const text = Buffer.from(parse(restoreBody, request.body).value, "base64url").toString();
    const versions = text.startsWith(header) ? backups.get(text.slice(header.length)) : undefined;
    if (!versions)
      throw new KeyVaultError(400, "Malformed backup blob", "Backup blob contains invalid or corrupt version.");
    const latest = newest(versions);
    checkNotDeleted(vault, latest.name, clock());
    if (vault.secrets.has(secretKey(latest.name))) {
      throw new KeyVaultError(
        409,
        "Conflict",
        `There was a conflict restoring the secret '${vault.uri}secrets/${latest.name}' because it already exists in this vault.`,
      );
    }
    vault.secrets.set(secretKey(latest.name), [...versions]);
    return secretItem(vault, latest, latest.version);
  });
}
