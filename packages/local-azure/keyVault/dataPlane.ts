import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { type BearerCheck, BearerError, type Principal } from "../bearer";
import type { RoleBasedAccess } from "../roleBasedAccess";
import type { Tenant } from "../tenant";
import { addSecretVersion, type DeletedSecret, type SecretPermission, type SecretVersion, type Vault } from "./vault";

export interface DataPlaneOptions {
  readonly tenant: Tenant;
  readonly access: RoleBasedAccess;
  /** `https://localhost:{port}`, where tokens come from. */
  readonly authority: () => string;
  readonly bearer: BearerCheck;
  /** The vault behind the port that a request came in at. */
  readonly vaultAt: (port: number) => Vault | undefined;
}

class KeyVaultError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly inner?: string,
  ) {
    super(message);
  }
}

const apiVersions = ["7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01", "2026-04-01"];
/** What each permission is called in Azure's role definitions. */
const dataActions: Record<SecretPermission, string> = {
  get: "getSecret/action",
  list: "readMetadata/action",
  set: "setSecret/action",
  delete: "delete",
  recover: "recover/action",
  backup: "backup/action",
  restore: "restore/action",
  purge: "purge/action",
};

const attributes = z.strictObject({
  enabled: z.boolean().optional(),
  exp: z.int().optional(),
  nbf: z.int().optional(),
});
const tags = z.record(z.string(), z.string());
const setBody = z.strictObject({
  value: z.string().max(25_000),
  contentType: z.string().optional(),
  attributes: attributes.optional(),
  tags: tags.optional(),
});
const patchBody = setBody.omit({ value: true });

type ByName = { Params: { name: string } };
type ByVersion = { Params: { name: string; version: string } };

/** The secrets of all vaults: each answers at a port of its own. */
export async function keyVaultDataPlane(app: FastifyInstance, options: DataPlaneOptions): Promise<void> {
  const { tenant, access, authority, bearer, vaultAt } = options;
  const clock = () => tenant.now.getTime();

  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof BearerError) {
      // Clients send their first request without a token, to learn from this whom to ask for one.
      const challenge = `Bearer authorization="${authority()}/${tenant.id}", resource="https://vault.azure.net"`;
      const why = error.problem === "missing" ? "" : ` [${error.problem}]`;
      return reply
        .code(401)
        .header("www-authenticate", challenge)
        .send(
          shownError(
            new KeyVaultError(401, "Unauthorized", `AKV10000: Request is missing a Bearer or PoP token.${why}`),
          ),
        );
    }
    const known =
      error instanceof KeyVaultError
        ? error
        : error.statusCode !== undefined && error.statusCode < 500
          ? new KeyVaultError(error.statusCode, "BadParameter", error.message)
          : undefined;
    if (!known) throw error;
    return reply.code(known.status).send(shownError(known));
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?")[0];
    const error = new KeyVaultError(
      404,
      "NotFound",
      `The local Azure does not serve ${request.method} ${path} of Key Vault.`,
    );
    return reply.code(404).send(shownError(error));
  });

  /** The vault, when the caller has the permission. */
  const permitted = async (request: FastifyRequest, permission: SecretPermission): Promise<Vault> => {
    const vault = vaultAt(request.socket.localPort ?? 0);
    if (!vault) throw new KeyVaultError(404, "VaultNotFound", "No vault answers here any more.");
    const caller = await bearer(request.headers.authorization);
    const version = (request.query as Record<string, string>)["api-version"];
    if (version === undefined || !apiVersions.includes(version)) {
      throw new KeyVaultError(
        400,
        "BadParameter",
        `api-version is '${version ?? ""}'; allowed: ${apiVersions.join(", ")}`,
      );
    }
    const stopped = stoppedByFirewall(vault, caller, tenant);
    if (stopped) throw stopped;
    if (!allows(vault, caller, permission)) throw forbidden(vault, caller, permission);
    return vault;
  };
  const allows = (vault: Vault, { objectId }: Principal, permission: SecretPermission): boolean =>
    vault.enableRbacAuthorization
      ? access.allows(objectId, `Microsoft.KeyVault/vaults/secrets/${dataActions[permission]}`, vault.id, "dataActions")
      : vault.accessPolicies.some(
          (policy) =>
            policy.objectId === objectId &&
            policy.permissions.secrets?.some((given) => [permission, "all"].includes(given.toLowerCase())),
        );

  app.get("/secrets", async (request) => {
    const vault = await permitted(request, "list");
    return page(
      request,
      [...vault.secrets].map(([name, versions]) => item(vault, name, newest(versions))),
    );
  });

  app.get<ByName>("/secrets/:name/versions", async (request) => {
    const vault = await permitted(request, "list");
    const { name } = request.params;
    const versions = vault.secrets.get(name.toLowerCase()) ?? [];
    return page(
      request,
      versions.map((version) => item(vault, name, version, version.version)),
    );
  });

  const get = async (request: FastifyRequest<ByName | ByVersion>) => {
    const vault = await permitted(request, "get");
    const { name, version } = request.params as ByVersion["Params"] & { version?: string };
    const found = versionOf(vault, name, version);
    if (!found.attributes.enabled) {
      throw new KeyVaultError(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled");
    }
    return bundle(vault, name, found);
  };
  app.get<ByName>("/secrets/:name", get);
  app.get<ByVersion>("/secrets/:name/:version", get);

  app.put<ByName>("/secrets/:name", async (request) => {
    const vault = await permitted(request, "set");
    const { name } = request.params;
    if (!/^[0-9a-z-]{1,127}$/i.test(name))
      throw new KeyVaultError(400, "BadParameter", `The request URI contains an invalid name: ${name}`);
    if (vault.deletedSecrets.has(name.toLowerCase())) {
      throw new KeyVaultError(
        409,
        "Conflict",
        `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`,
        "ObjectIsDeletedButRecoverable",
      );
    }
    const { attributes: given, ...rest } = parse(setBody, request.body);
    return bundle(vault, name, addSecretVersion(vault, name, { ...rest, ...given }, clock));
  });

  app.patch<ByVersion>("/secrets/:name/:version", async (request) => {
    const vault = await permitted(request, "set");
    const { name, version } = request.params;
    const before = versionOf(vault, name, version);
    const body = parse(patchBody, request.body);
    const after: SecretVersion = {
      ...before,
      contentType: body.contentType ?? before.contentType,
      tags: body.tags ?? before.tags,
      attributes: { ...before.attributes, ...body.attributes, updated: Math.floor(clock() / 1000) },
    };
    const versions = vault.secrets.get(name.toLowerCase()) ?? [];
    vault.secrets.set(
      name.toLowerCase(),
      versions.map((each) => (each === before ? after : each)),
    );
    const { value: _, ...shown } = bundle(vault, name, after);
    return shown;
  });

  app.delete<ByName>("/secrets/:name", async (request) => {
    const vault = await permitted(request, "delete");
    const { name } = request.params;
    const versions = vault.secrets.get(name.toLowerCase());
    if (!versions) throw secretNotFound(name);
    const deletedDate = Math.floor(clock() / 1000);
    const deleted = {
      versions,
      deletedDate,
      scheduledPurgeDate: deletedDate + vault.softDeleteRetentionInDays * 86_400,
    };
    vault.secrets.delete(name.toLowerCase());
    vault.deletedSecrets.set(name.toLowerCase(), deleted);
    return deletedBundle(vault, name, deleted);
  });

  const deletedOf = (vault: Vault, name: string): DeletedSecret => {
    const deleted = vault.deletedSecrets.get(name.toLowerCase());
    if (!deleted) throw new KeyVaultError(404, "SecretNotFound", `Deleted Secret not found: ${name}`);
    return deleted;
  };
  app.get("/deletedsecrets", async (request) => {
    const vault = await permitted(request, "list");
    return page(
      request,
      [...vault.deletedSecrets].map(([name, deleted]) => {
        const { value: _, ...shown } = deletedBundle(vault, name, deleted);
        return shown;
      }),
    );
  });
  app.get<ByName>("/deletedsecrets/:name", async (request) => {
    const vault = await permitted(request, "get");
    return deletedBundle(vault, request.params.name, deletedOf(vault, request.params.name));
  });
  app.post<ByName>("/deletedsecrets/:name/recover", async (request) => {
    const vault = await permitted(request, "recover");
    const { name } = request.params;
    const { versions } = deletedOf(vault, name);
    vault.deletedSecrets.delete(name.toLowerCase());
    vault.secrets.set(name.toLowerCase(), [...versions]);
    return bundle(vault, name, newest(versions));
  });
  app.delete<ByName>("/deletedsecrets/:name", async (request, reply) => {
    const vault = await permitted(request, "purge");
    deletedOf(vault, request.params.name);
    if (vault.enablePurgeProtection)
      throw new KeyVaultError(
        403,
        "Forbidden",
        "Operation purge is not allowed: the vault has purge protection.",
        "PurgeProtectionEnabled",
      );
    vault.deletedSecrets.delete(request.params.name.toLowerCase());
    return reply.code(204).send();
  });
}

const who = ({ appId, objectId, issuer }: Principal): string => `appid=${appId};oid=${objectId};iss=${issuer}`;

function forbidden(vault: Vault, caller: Principal, permission: SecretPermission): KeyVaultError {
  return vault.enableRbacAuthorization
    ? new KeyVaultError(
        403,
        "Forbidden",
        `Caller is not authorized to perform action on resource.\nCaller: ${who(caller)}\nAction: 'Microsoft.KeyVault/vaults/secrets/${dataActions[permission]}'\nVault: ${vault.name};location=${vault.location}`,
        "ForbiddenByRbac",
      )
    : new KeyVaultError(
        403,
        "Forbidden",
        `The user, group or application '${who(caller)}' does not have secrets ${permission} permission on key vault '${vault.name};location=${vault.location}'.`,
        "AccessDenied",
      );
}

/**
 * Loopback has no networks, so it goes by who asks: a workload, known by its managed identity, stands in a subnet that the
 * vault lets in, if there is one; everybody else comes from the internet, from an address that no rule can name.
 */
function stoppedByFirewall(vault: Vault, caller: Principal, tenant: Tenant): KeyVaultError | undefined {
  const { networkAcls, publicNetworkAccess } = vault.properties as NetworkProperties;
  if (/^disabled$/i.test(publicNetworkAccess ?? ""))
    return new KeyVaultError(
      403,
      "Forbidden",
      `Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\nCaller: ${who(caller)}\r\nVault: ${vault.name};location=${vault.location}`,
      "ForbiddenByConnection",
    );
  if (networkAcls?.defaultAction !== "Deny") return undefined;
  const isWorkload = tenant.servicePrincipals.get(caller.objectId)?.servicePrincipalType === "ManagedIdentity";
  if (isWorkload && (networkAcls.virtualNetworkRules ?? []).length > 0) return undefined;
  return new KeyVaultError(
    403,
    "Forbidden",
    `Client address is not authorized and caller is not a trusted service.\r\nClient address: 127.0.0.1\r\nCaller: ${who(caller)}\r\nVault: ${vault.name};location=${vault.location}`,
    "ForbiddenByFirewall",
  );
}

interface NetworkProperties {
  readonly networkAcls?: { readonly defaultAction?: string; readonly virtualNetworkRules?: readonly unknown[] };
  readonly publicNetworkAccess?: string;
}

const secretNotFound = (name: string) =>
  new KeyVaultError(404, "SecretNotFound", `A secret with (name/id) ${name} was not found in this key vault.`);

function versionOf(vault: Vault, name: string, version: string | undefined): SecretVersion {
  const versions = vault.secrets.get(name.toLowerCase());
  const found = version ? versions?.find((each) => each.version === version) : versions?.at(-1);
  if (!found) throw secretNotFound(version ? `${name}/${version}` : name);
  return found;
}

const newest = (versions: readonly SecretVersion[]): SecretVersion => versions[versions.length - 1] as SecretVersion;

const recovery = (vault: Vault) => ({
  recoveryLevel: vault.enablePurgeProtection ? "Recoverable" : "Recoverable+Purgeable",
  recoverableDays: vault.softDeleteRetentionInDays,
});

function item(vault: Vault, name: string, secret: SecretVersion, version?: string) {
  const { contentType, attributes: given, tags: labels } = secret;
  const id = `${vault.uri}secrets/${name}${version ? `/${version}` : ""}`;
  return { contentType, id, attributes: { ...given, ...recovery(vault) }, tags: labels };
}

const bundle = (vault: Vault, name: string, secret: SecretVersion) => ({
  value: secret.value,
  ...item(vault, name, secret, secret.version),
});

const deletedBundle = (vault: Vault, name: string, { versions, deletedDate, scheduledPurgeDate }: DeletedSecret) => ({
  recoveryId: `${vault.uri}deletedsecrets/${name}`,
  deletedDate,
  scheduledPurgeDate,
  ...bundle(vault, name, newest(versions)),
});

/** Key Vault's lists come in pages of at most 25. */
function page(request: FastifyRequest, rows: readonly object[]): { value: readonly object[]; nextLink: string | null } {
  const { maxresults = "25", $skiptoken = "0" } = request.query as Record<string, string>;
  const [size, start] = [Number(maxresults), Number($skiptoken)];
  if (!Number.isInteger(size) || size < 1 || size > 25) {
    throw new KeyVaultError(400, "BadParameter", `maxresults is '${maxresults}'; allowed: a whole number from 1 to 25`);
  }
  const next = new URL(request.url, `https://${request.host}`);
  next.searchParams.set("$skiptoken", String(start + size));
  return { value: rows.slice(start, start + size), nextLink: start + size < rows.length ? next.href : null };
}

function parse<T>(type: z.ZodType<T>, body: unknown): T {
  const parsed = type.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new KeyVaultError(
    400,
    "BadParameter",
    `Property ${issue?.path.join(".")} has an invalid value: ${issue?.message}`,
  );
}

const shownError = ({ code, message, inner }: KeyVaultError) => ({
  error: { code, message, ...(inner ? { innererror: { code: inner } } : {}) },
});
