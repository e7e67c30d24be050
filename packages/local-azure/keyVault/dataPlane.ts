import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { authenticatedApi } from "../authenticatedApi";
import type { BearerCheck } from "../bearer";
import type { RoleBasedAccess } from "../roleBasedAccess";
import type { Tenant } from "../tenant";
import { backupRoutes } from "./backups";
import type { DataPlaneContext } from "./dataPlaneContext";
import { deletedSecretRoutes } from "./deletedSecrets";
import { badParameter, KeyVaultError } from "./keyVaultError";
import { checkSecretName } from "./secretBody";
import { secretRoutes } from "./secrets";
import type { Vault } from "./vault";
import { checkAccess } from "./vaultAccess";

export interface DataPlaneOptions {
  readonly tenant: Tenant;
  readonly access: RoleBasedAccess;
  readonly hasPrivateEndpoint: (vault: Vault) => boolean;
  /** The authority that issues the tokens, for example `https://localhost:{port}`. */
  readonly authority: () => string;
  readonly bearer: BearerCheck;
  /** The vault with the port that received a request. */
  readonly vaultAt: (port: number) => Vault | undefined;
  /** The duration of deletions and recoveries, in seconds. */
  readonly operationSeconds: () => number;
}

const apiVersions = ["7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01", "2026-04-01"];

const parametersOf = (operation: string) => [
  "api-version",
  ...(operation === "list" ? ["maxresults", "$skiptoken"] : []),
];

/** The secrets of all vaults. Each vault has a port of its own. */
export async function keyVaultDataPlane(app: FastifyInstance, options: DataPlaneOptions): Promise<void> {
  const { tenant, access, hasPrivateEndpoint, authority, bearer, vaultAt, operationSeconds } = options;
  const vaultOf = (request: FastifyRequest) => vaultAt(request.socket.localPort ?? 0);

  addHeaders(app, vaultOf);
  app.addHook("preSerialization", async ({ query }, _reply, payload) =>
    (query as Record<string, string>)["api-version"] === "7.0" ? withoutDays(payload) : payload,
  );
  const caller = authenticatedApi(app, bearer, () => tenant.now, {
    error: KeyVaultError,
    unauthenticated: (problem) => {
      if (typeof problem === "object") {
        const { expected, found } = problem;
        return new KeyVaultError(
          401,
          "Unauthorized",
          `AKV10032: Invalid issuer. Expected one of ${expected}, found ${found}.`,
        );
      }
      const why = problem === "missing" ? "" : ` [${problem}]`;
      return new KeyVaultError(401, "Unauthorized", `AKV10000: Request is missing a Bearer or PoP token.${why}`);
    },
    malformed: (status, message) => new KeyVaultError(status, "BadParameter", message),
    // Clients send their first request without a token, because the challenge names the authority and the resource.
    challenge: () => `Bearer authorization="${authority()}/${tenant.id}", resource="${tenant.cloud.keyVault}"`,
  });
  app.setNotFoundHandler(async ({ method, url }) => {
    throw new KeyVaultError(
      404,
      "NotFound",
      `The local Azure does not serve ${method} ${url.split("?")[0]} of Key Vault.`,
    );
  });

  const permitted: DataPlaneContext["permitted"] = (request, operation) => {
    const vault = vaultOf(request);
    if (!vault) throw new KeyVaultError(404, "VaultNotFound", "No vault answers here: it was deleted.");
    const { "api-version": version = "" } = request.query as Record<string, string>;
    if (!apiVersions.includes(version))
      throw badParameter(`api-version is '${version}'; allowed: ${apiVersions.join(", ")}`);
    const parameters = parametersOf(operation);
    const unknown = Object.keys(request.query as object).find((given) => !parameters.includes(given));
    if (unknown !== undefined)
      throw badParameter(
        `The local Azure does not serve the query parameter '${unknown}'; served: ${parameters.join(", ")}`,
      );
    const { name } = request.params as { name?: string };
    if (name !== undefined) checkSecretName(name);
    checkAccess(tenant, access, {
      hasPrivateEndpoint: hasPrivateEndpoint(vault),
      vault,
      caller: caller(request),
      operation,
      secret: name === undefined ? "" : `secrets/${name}`,
    });
    return vault;
  };
  const context: DataPlaneContext = { clock: () => tenant.now.getTime(), operationSeconds, permitted };
  secretRoutes(app, context);
  deletedSecretRoutes(app, context);
  backupRoutes(app, context);
}

/** Version 7.0 does not return `recoverableDays`, neither for a secret nor in lists. */
function withoutDays(shown: unknown): unknown {
  const { value, attributes, ...rest } = shown as { value?: unknown; attributes?: Record<string, unknown> };
  const { recoverableDays: _, ...kept } = attributes ?? {};
  return {
    ...(value === undefined ? {} : { value: Array.isArray(value) ? value.map(withoutDays) : value }),
    ...rest,
    ...(attributes === undefined ? {} : { attributes: kept }),
  };
}

/** The version that Key Vault reports, in the format of the recordings. */
export const serviceVersion = "1.9.0.0";

/** As recorded: https://github.com/Azure/azure-sdk-for-js, the recordings of keyvault-secrets. */
function addHeaders(app: FastifyInstance, vaultOf: (request: FastifyRequest) => Vault | undefined): void {
  app.addHook("onRequest", async (request, reply) => {
    const clientRequestId = request.headers["x-ms-client-request-id"];
    const location = vaultOf(request)?.location;
    reply.headers({
      "cache-control": "no-cache",
      pragma: "no-cache",
      expires: "-1",
      "x-content-type-options": "nosniff",
      "x-ms-request-id": randomUUID(),
      "x-ms-keyvault-service-version": serviceVersion,
      "x-ms-keyvault-network-info": "conn_type=Ipv4;addr=127.0.0.1;act_addr_fam=InterNetwork;",
      ...(typeof clientRequestId === "string" ? { "x-ms-client-request-id": clientRequestId } : {}),
      ...(location === undefined ? {} : { "x-ms-keyvault-region": location }),
    });
  });
}
