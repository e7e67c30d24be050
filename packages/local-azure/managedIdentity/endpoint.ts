import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { issueAccessToken } from "../entra/accessToken";
import { EntraError } from "../entra/entraError";
import { loggedSignIn } from "../entra/signIn";
import type { SigningKeys } from "../entra/signingKey";
import { authorizedResource } from "../entra/tokenEndpoint";
import type { Faults } from "../faults";
import type { ManagedIdentity } from "../resourceManager/subscription";
import type { Tenant } from "../tenant";

export interface EndpointOptions {
  readonly tenant: Tenant;
  readonly signingKeys: SigningKeys;
  readonly authority: () => string;
  readonly hosts: WorkloadHosts;
  readonly faults: Faults;
}

/** The hosts of workloads. Each has its own header for this endpoint, and its own identities. */
export class WorkloadHosts {
  private readonly identitiesByHeader = new Map<string, () => readonly ManagedIdentity[]>();

  /** @returns the host's `IDENTITY_HEADER`: a secret of the host */
  add(identities: () => readonly ManagedIdentity[]): string {
    const header = randomUUID();
    this.identitiesByHeader.set(header, identities);
    return header;
  }

  identitiesOf(header: string): readonly ManagedIdentity[] | undefined {
    return this.identitiesByHeader.get(header)?.();
  }
}

/** A request names its identity by one of them. */
const identityParameters = ["client_id", "principal_id", "object_id", "mi_res_id", "msi_res_id"];
const parameters = ["api-version", "resource", ...identityParameters];

/**
 * The managed identity endpoint of App Service, which also uses plain http.
 * https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
export async function managedIdentityEndpoint(app: FastifyInstance, options: EndpointOptions): Promise<void> {
  const { tenant, signingKeys, authority, hosts, faults } = options;
  const refuse = (statusCode: number, message: string) => ({ statusCode, message });

  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send(
        refuse(
          404,
          `The local Azure serves only GET /msi/token here, not ${request.method} ${request.url.split("?")[0]}.`,
        ),
      ),
  );

  app.get("/msi/token", async (request, reply) => {
    const query = request.query as Record<string, string | undefined>;
    const header = request.headers["x-identity-header"];
    const identities = typeof header === "string" ? hosts.identitiesOf(header) : undefined;
    if (!identities)
      return reply.code(401).send(refuse(401, "The header X-IDENTITY-HEADER is missing or is not a host's."));
    if (query["api-version"] !== "2019-08-01") {
      return reply.code(400).send(refuse(400, `api-version is '${query["api-version"] ?? ""}'; allowed: 2019-08-01`));
    }
    const unknown = Object.keys(query).find((name) => !parameters.includes(name));
    if (unknown !== undefined) {
      const message = `The local Azure does not serve the parameter '${unknown}'; served: ${parameters.join(", ")}.`;
      return reply.code(400).send(refuse(400, message));
    }
    const repeated = Object.keys(query).find((name) => typeof query[name] !== "string");
    if (repeated !== undefined)
      return reply.code(400).send(refuse(400, `The parameter '${repeated}' is given more than once.`));
    const named = identityParameters.filter((name) => query[name] !== undefined);
    if (named.length > 1)
      return reply.code(400).send(refuse(400, `The parameters ${named.join(" and ")} cannot be used together.`));
    if (!query.resource) return reply.code(400).send(refuse(400, "The parameter 'resource' is missing."));
    const resourceId = query.mi_res_id ?? query.msi_res_id;
    const objectId = query.object_id ?? query.principal_id;
    const identity = identities.find(
      (each) =>
        (query.client_id === undefined || each.clientId === query.client_id.toLowerCase()) &&
        (objectId === undefined || each.principalId === objectId.toLowerCase()) &&
        (resourceId === undefined || each.id.toLowerCase() === resourceId.toLowerCase()),
    );
    const client = identity && tenant.servicePrincipals.get(identity.principalId);
    // A request must name one of several identities: there is no system-assigned identity here.
    if (!client || named.length === 0) {
      return reply
        .code(400)
        .send(
          refuse(
            400,
            "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
          ),
        );
    }
    try {
      const { resource: resourceName } = query;
      const directory = faults.replicasOf(tenant).forToken(request, "managedIdentity");
      const issued = await loggedSignIn(
        tenant,
        client,
        () => resourceName,
        async () => {
          const resource = authorizedResource(tenant, directory, client, resourceName);
          const asked = { client, resource, resourceName, authentication: "managedIdentity" } as const;
          return issueAccessToken(tenant, authority(), signingKeys, directory, asked);
        },
      );
      return {
        access_token: issued.token,
        client_id: client.appId,
        expires_on: String(issued.expiresOn),
        resource: query.resource,
        token_type: "Bearer",
      };
    } catch (error) {
      if (error instanceof EntraError)
        return reply.code(400).send(refuse(400, `AADSTS${error.code}: ${error.message}`));
      throw error;
    }
  });
}
