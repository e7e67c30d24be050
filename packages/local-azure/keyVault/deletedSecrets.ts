import type { FastifyInstance } from "fastify";
import type { DataPlaneContext } from "./dataPlaneContext";
import { conflict, KeyVaultError } from "./keyVaultError";
import { deletedSecret, newest, secretItem, secretPage } from "./shownSecret";
import { type DeletedSecret, secretKey, type Vault } from "./vault";

type ByName = { Params: { name: string } };

/** Deleted secrets. They reserve their names until they are recovered or purged. No answer contains a value. */
export function deletedSecretRoutes(
  app: FastifyInstance,
  { clock, operationSeconds, permitted }: DataPlaneContext,
): void {
  const find = (vault: Vault, name: string): DeletedSecret => {
    const deleted = vault.deletedSecrets.get(secretKey(name));
    if (!deleted || clock() < deleted.deletedAt)
      throw new KeyVaultError(404, "SecretNotFound", `Deleted Secret not found: ${name}`);
    return deleted;
  };

  app.get("/deletedsecrets", async (request) => {
    const vault = permitted(request, "list");
    const done = [...vault.deletedSecrets.values()].filter(({ deletedAt }) => clock() >= deletedAt);
    return secretPage(
      request,
      done.map((deleted) => deletedSecret(vault, deleted)),
    );
  });

  app.get<ByName>("/deletedsecrets/:name", async (request) => {
    const vault = permitted(request, "get");
    const deleted = find(vault, request.params.name);
    return deletedSecret(vault, deleted, newest(deleted.versions).version);
  });

  app.post<ByName>("/deletedsecrets/:name/recover", { config: { takesNoBody: true } }, async (request) => {
    const vault = permitted(request, "recover");
    const key = secretKey(request.params.name);
    const { versions } = find(vault, request.params.name);
    vault.deletedSecrets.delete(key);
    vault.secrets.set(key, [...versions]);
    vault.recovering.set(key, clock() + operationSeconds() * 1000);
    const latest = newest(versions);
    return secretItem(vault, latest, latest.version);
  });

  app.delete<ByName>("/deletedsecrets/:name", async (request, reply) => {
    const vault = permitted(request, "purge");
    const { name } = request.params;
    const deleted = vault.deletedSecrets.get(secretKey(name));
    if (deleted && clock() < deleted.deletedAt)
      throw conflict(`Secret ${name} is currently being deleted.`, "ObjectIsBeingDeleted");
    find(vault, name);
    if (vault.enablePurgeProtection) {
      throw new KeyVaultError(
        403,
        "Forbidden",
        "Operation purge is not allowed: the vault has purge protection.",
        "PurgeProtectionEnabled",
      );
    }
    vault.deletedSecrets.delete(secretKey(name));
    return reply.code(204).send();
  });
}
