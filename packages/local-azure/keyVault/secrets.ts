import type { FastifyInstance, FastifyRequest } from "fastify";
import type { DataPlaneContext } from "./dataPlaneContext";
import { conflict, KeyVaultError, secretNotFound } from "./keyVaultError";
import { parse, setBody, updateBody } from "./secretBody";
import { deletedSecret, newest, secretBundle, secretItem, secretPage } from "./shownSecret";
import { addSecretVersion, type SecretVersion, secretKey, type Vault } from "./vault";

type ByName = { Params: { name: string } };
type ByVersion = { Params: { name: string; version?: string } };

/** Secrets and their versions. */
export function secretRoutes(app: FastifyInstance, { clock, operationSeconds, permitted }: DataPlaneContext): void {
  /** @throws KeyVaultError if there is none, or while it is being recovered */
  const versionsOf = (vault: Vault, name: string): SecretVersion[] => {
    const until = vault.recovering.get(secretKey(name)) ?? 0;
    const versions = vault.secrets.get(secretKey(name));
    if (!versions || clock() < until) throw secretNotFound(name);
    return versions;
  };
  const versionOf = (vault: Vault, { name, version }: ByVersion["Params"]): SecretVersion => {
    const versions = versionsOf(vault, name);
    if (!version) return newest(versions);
    const found = versions.find((each) => each.version === version);
    if (!found) throw secretNotFound(`${name}/${version}`);
    return found;
  };

  app.get("/secrets", async (request) => {
    const vault = permitted(request, "list");
    const rows = [...vault.secrets.values()].map((versions) => secretItem(vault, newest(versions)));
    return secretPage(request, rows);
  });

  app.get<ByName>("/secrets/:name/versions", async (request) => {
    const vault = permitted(request, "list");
    const versions = vault.secrets.get(secretKey(request.params.name)) ?? [];
    return secretPage(
      request,
      versions.map((version) => secretItem(vault, version, version.version)),
    );
  });

  const get = async (request: FastifyRequest<ByVersion>) => {
    const vault = permitted(request, "get");
    const found = versionOf(vault, request.params);
    if (!found.attributes.enabled)
      throw new KeyVaultError(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled");
    return secretBundle(vault, found);
  };
  app.get<ByVersion>("/secrets/:name", get);
  app.get<ByVersion>("/secrets/:name/:version", get);

  app.put<ByName>("/secrets/:name", async (request) => {
    const vault = permitted(request, "set");
    const { name } = request.params;
    checkNotDeleted(vault, name, clock());
    const { attributes, ...rest } = parse(setBody, request.body);
    return secretBundle(vault, addSecretVersion(vault, name, { ...rest, ...attributes }, clock));
  });

  const update = async (request: FastifyRequest<ByVersion>) => {
    const vault = permitted(request, "update");
    const before = versionOf(vault, request.params);
    const body = parse(updateBody, request.body);
    const after: SecretVersion = {
      ...before,
      contentType: body.contentType ?? before.contentType,
      tags: body.tags ?? before.tags,
      attributes: { ...before.attributes, ...body.attributes, updated: Math.floor(clock() / 1000) },
    };
    const versions = versionsOf(vault, before.name);
    vault.secrets.set(
      secretKey(before.name),
      versions.map((each) => (each === before ? after : each)),
    );
    return secretItem(vault, after, after.version);
  };
  app.patch<ByVersion>("/secrets/:name", update);
  app.patch<ByVersion>("/secrets/:name/:version", update);

  app.delete<ByName>("/secrets/:name", async (request) => {
    const vault = permitted(request, "delete");
    const key = secretKey(request.params.name);
    const versions = versionsOf(vault, request.params.name);
    const deletedDate = Math.floor(clock() / 1000);
    const deleted = {
      versions,
      deletedDate,
      scheduledPurgeDate: deletedDate + vault.softDeleteRetentionInDays * 86_400,
      deletedAt: clock() + operationSeconds() * 1000,
    };
    vault.secrets.delete(key);
    vault.deletedSecrets.set(key, deleted);
    return deletedSecret(vault, deleted, newest(versions).version);
  });
}

/** @throws KeyVaultError if a deleted secret has the name */
export function checkNotDeleted(vault: Vault, name: string, now: number): void {
  const deleted = vault.deletedSecrets.get(secretKey(name));
  if (!deleted) return;
  if (now < deleted.deletedAt) throw conflict(`Secret ${name} is currently being deleted.`, "ObjectIsBeingDeleted");
  throw conflict(
    `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`,
    "ObjectIsDeletedButRecoverable",
  );
}
