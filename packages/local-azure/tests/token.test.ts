import { randomUUID } from "node:crypto";
import { claimsOf, startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";

describe("the token endpoint", () => {
  let azure: TestAzure;
  let now = Date.parse("2026-11-24T12:00:00Z");
  let api: { id: string; appId: string; principal: string; roleId: string };
  let client: { id: string; appId: string; principal: string; secret: string };

  beforeAll(async () => {
    azure = await startTestAzure({ clock: () => now });
    const register = async (displayName: string) => {
      const { body: application } = await azure.graph("POST", "/v1.0/applications", {
        displayName,
        api: { requestedAccessTokenVersion: 2 },
      });
      const { body: principal } = await azure.graph("POST", "/v1.0/servicePrincipals", {
        appId: application.appId,
        appRoleAssignmentRequired: true,
      });
      return { id: application.id, appId: application.appId, principal: principal.id };
    };
    const roleId = randomUUID();
    api = { ...(await register("inventory")), roleId };
    await azure.graph("PATCH", `/v1.0/applications/${api.id}`, {
      identifierUris: [`api://${api.appId}`],
      appRoles: [
        {
          id: roleId,
          value: "Inventory.Write",
          displayName: "w",
          description: "w",
          isEnabled: true,
          allowedMemberTypes: ["Application"],
        },
      ],
    });
    const registered = await register("fulfillment");
    const { body } = await azure.graph("POST", `/v1.0/applications/${registered.id}/addPassword`, {
      passwordCredential: { endDateTime: "2026-12-24T12:00:00Z" },
    });
    client = { ...registered, secret: body.secretText };
  });
  afterAll(() => azure.close());

  const form = (changes: Record<string, string | undefined> = {}): Record<string, string> => {
    const whole = {
      grant_type: "client_credentials",
      client_id: client.appId,
      client_secret: client.secret,
      scope: `api://${api.appId}/.default`,
      ...changes,
    };
    return Object.fromEntries(
      Object.entries(whole).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
  };

  type Case = [
    what: string,
    form: () => Record<string, string>,
    tenant: string | undefined,
    status: number,
    error: string,
    code: number,
    message: () => string,
  ];
  it.each<Case>([
    [
      "an unknown tenant",
      () => form(),
      "00000000-0000-4000-8000-000000000000",
      400,
      "invalid_request",
      90002,
      () => "Tenant '00000000-0000-4000-8000-000000000000' not found.",
    ],
    [
      "no grant type",
      () => form({ grant_type: undefined }),
      undefined,
      400,
      "invalid_request",
      900144,
      () => "The request body must contain the following parameter: 'grant_type'.",
    ],
    [
      "no client id",
      () => form({ client_id: undefined }),
      undefined,
      400,
      "invalid_request",
      900144,
      () => "The request body must contain the following parameter: 'client_id'.",
    ],
    [
      "no scope",
      () => form({ scope: undefined }),
      undefined,
      400,
      "invalid_request",
      900144,
      () => "The request body must contain the following parameter: 'scope'.",
    ],
    [
      "another grant type",
      () => form({ grant_type: "password" }),
      undefined,
      400,
      "unsupported_grant_type",
      70003,
      () => "The app requested an unsupported grant type 'password'.",
    ],
    [
      "an unknown client",
      () => form({ client_id: "11111111-1111-4111-8111-111111111111" }),
      undefined,
      400,
      "unauthorized_client",
      700016,
      () =>
        `Application with identifier '11111111-1111-4111-8111-111111111111' was not found in the directory '${azure.azure.tenantId}'.`,
    ],
    [
      "no credential",
      () => form({ client_secret: undefined }),
      undefined,
      401,
      "invalid_client",
      7000216,
      () => "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    ],
    [
      "a wrong secret",
      () => form({ client_secret: "wrong" }),
      undefined,
      401,
      "invalid_client",
      7000215,
      () =>
        `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${client.appId}'.`,
    ],
    [
      "a scope that is not /.default",
      () => form({ scope: `api://${api.appId}/Inventory.Write` }),
      undefined,
      400,
      "invalid_scope",
      1002012,
      () => `The provided value for scope api://${api.appId}/Inventory.Write is not valid.`,
    ],
    [
      "an API that does not exist",
      () => form({ scope: "api://nowhere/.default" }),
      undefined,
      400,
      "invalid_resource",
      500011,
      () => `The resource principal named api://nowhere was not found in the tenant named ${azure.azure.tenantId}.`,
    ],
    [
      "an API for which the client has no role",
      () => form(),
      undefined,
      400,
      "invalid_grant",
      501051,
      () =>
        `Application '${client.appId}'(fulfillment) is not assigned to a role for the application 'api://${api.appId}'(inventory).`,
    ],
  ])("refuses %s", async (_case, request, tenant, status, error, code, message) => {
    const answer = await azure.askForToken(request(), tenant);
    expect({ status: answer.status, ...answer.body }).toEqual({
      status,
      error,
      error_description: `AADSTS${code}: ${message()} Trace ID: ${answer.body.trace_id} Correlation ID: ${answer.body.correlation_id} Timestamp: 2026-11-24 12:00:00Z`,
      error_codes: [code],
      timestamp: "2026-11-24 12:00:00Z",
      trace_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      correlation_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...(code === 70003 ? {} : { error_uri: `https://login.microsoftonline.com/error?code=${code}` }),
    });
  });

  describe("for a caller with a role", () => {
    beforeAll(async () => {
      const answer = await azure.graph("POST", `/v1.0/servicePrincipals/${api.principal}/appRoleAssignedTo`, {
        appRoleId: api.roleId,
        principalId: client.principal,
        resourceId: api.principal,
      });
      expect(answer.status).toBe(201);
    });

    it("issues a v2.0 token with exactly that role", async () => {
      const { status, body } = await azure.askForToken(form());
      expect(status).toBe(200);
      expect(Object.keys(body).sort()).toEqual(["access_token", "expires_in", "ext_expires_in", "token_type"]);
      const claims = claimsOf(body.access_token);
      expect(claims).toEqual({
        aud: api.appId,
        iss: `${azure.azure.authority}/${azure.azure.tenantId}/v2.0`,
        iat: now / 1000 - 300,
        nbf: now / 1000 - 300,
        exp: now / 1000 + body.expires_in,
        azp: client.appId,
        azpacr: "1",
        oid: client.principal,
        sub: client.principal,
        roles: ["Inventory.Write"],
        tid: azure.azure.tenantId,
        uti: expect.any(String),
        ver: "2.0",
      });
      expect(body.expires_in).toBeGreaterThanOrEqual(3600);
      expect(body.expires_in).toBeLessThanOrEqual(5400);
    });

    it("accepts the client id as the API's name, with the same audience in the token", async () => {
      const { body } = await azure.askForToken(form({ scope: `${api.appId}/.default` }));
      expect(claimsOf(body.access_token).aud).toBe(api.appId);
    });

    it("issues a v1.0 token if the API's registration sets no version", async () => {
      await azure.graph("PATCH", `/v1.0/applications/${api.id}`, { api: { requestedAccessTokenVersion: null } });
      const claims = claimsOf((await azure.askForToken(form())).body.access_token);
      await azure.graph("PATCH", `/v1.0/applications/${api.id}`, { api: { requestedAccessTokenVersion: 2 } });
      expect(claims).toMatchObject({
        ver: "1.0",
        aud: `api://${api.appId}`,
        iss: `https://sts.windows.net/${azure.azure.tenantId}/`,
        appid: client.appId,
        appidacr: "1",
      });
    });

    it("still includes a disabled role, because disabling a role does not revoke its grants", async () => {
      const { body: before } = await azure.graph("GET", `/v1.0/applications/${api.id}`);
      const roles = (isEnabled: boolean) => ({
        appRoles: before.appRoles.map((role: object) => ({ ...role, isEnabled })),
      });
      await azure.graph("PATCH", `/v1.0/applications/${api.id}`, roles(false));
      const { body } = await azure.askForToken(form());
      await azure.graph("PATCH", `/v1.0/applications/${api.id}`, roles(true));
      expect(claimsOf(body.access_token).roles).toEqual(["Inventory.Write"]);
    });

    it("issues a token without roles to any client of the tenant if the API requires no assignment", async () => {
      await azure.graph("PATCH", `/v1.0/servicePrincipals/${api.principal}`, { appRoleAssignmentRequired: false });
      const token = await azure.deployerToken(`api://${api.appId}`);
      await azure.graph("PATCH", `/v1.0/servicePrincipals/${api.principal}`, { appRoleAssignmentRequired: true });
      expect(claimsOf(token)).not.toHaveProperty("roles");
    });

    it("refuses an expired secret", async () => {
      const before = now;
      now = Date.parse("2026-12-24T12:00:00Z");
      const { status, body } = await azure.askForToken(form());
      now = before;
      expect({ status, error: body.error, codes: body.error_codes }).toEqual({
        status: 401,
        error: "invalid_client",
        codes: [7000222],
      });
    });

    it("refuses a removed secret", async () => {
      const { body: added } = await azure.graph("POST", `/v1.0/applications/${client.id}/addPassword`, {});
      expect((await azure.askForToken(form({ client_secret: added.secretText }))).status).toBe(200);
      await azure.graph("POST", `/v1.0/applications/${client.id}/removePassword`, { keyId: added.keyId });
      expect((await azure.askForToken(form({ client_secret: added.secretText }))).body.error_codes).toEqual([7000215]);
    });
  });
});
