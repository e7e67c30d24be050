import { randomUUID } from "node:crypto";

// Each server loads only its own modules.

/** The token endpoint, and the parameters of a request. */
export interface TokenEndpoint {
  readonly address: string;
  readonly form: Readonly<Record<string, string>>;
  readonly caCertificate?: string;
}

const started = { "local-azure": localAzure, "oauth2-mock-server": mockServer };

/** A tenant with one API and one client that holds its role. */
async function localAzure(): Promise<TokenEndpoint> {
  const { startLocalAzure } =
    require("@microservice-identities/local-azure/localAzure") as typeof import("@microservice-identities/local-azure/localAzure");
  const azure = await startLocalAzure();
  const { tenant } = azure;
  const api = tenant.addApplication("api");
  api.requestedAccessTokenVersion = 2;
  const role = { id: randomUUID(), value: "Data.Read", displayName: "x", description: "x", isEnabled: true };
  api.appRoles = [{ ...role, allowedMemberTypes: ["Application"] }];
  const resource = tenant.addServicePrincipal({ appId: api.appId, displayName: "api" });
  resource.appRoleAssignmentRequired = true;
  const client = tenant.addApplication("client");
  const principal = tenant.addServicePrincipal({ appId: client.appId, displayName: "client" });
  tenant.assign(principal.id, resource.id, role.id);
  const { secretText } = tenant.addPassword(client, { displayName: "secret" });
  return {
    address: `${azure.authority}/${azure.tenantId}/oauth2/v2.0/token`,
    form: {
      grant_type: "client_credentials",
      client_id: client.appId,
      client_secret: secretText,
      scope: `${api.appId}/.default`,
    },
    caCertificate: azure.caCertificate,
  };
}

async function mockServer(): Promise<TokenEndpoint> {
  const { OAuth2Server } = await import("oauth2-mock-server");
  const server = new OAuth2Server();
  await server.issuer.keys.generate("RS256");
  await server.start(0, "127.0.0.1");
  return { address: `${server.issuer.url}/token`, form: { grant_type: "client_credentials", scope: "api/.default" } };
}

started[process.argv[2] as keyof typeof started]().then((endpoint) => process.send?.(endpoint));
