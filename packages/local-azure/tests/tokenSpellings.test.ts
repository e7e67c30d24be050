import { createHash, randomUUID, X509Certificate } from "node:crypto";
import { claimsOf, startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { selfSigned, type TestCertificate } from "@microservice-identities/test-support/certificate";
import { SignJWT } from "jose";

/** Requests from clients in other languages. Entra accepts the same variants. */
describe("the endpoints of Entra", () => {
  let azure: TestAzure;
  let client: { id: string; appId: string; secret: string };
  let certificate: TestCertificate;
  const vault = "https://vault.azure.net";
  beforeAll(async () => {
    azure = await startTestAzure();
    certificate = await selfSigned("orders");
    const { body } = await azure.graph("POST", "/v1.0/applications", {
      displayName: "orders",
      keyCredentials: [{ type: "AsymmetricX509Cert", usage: "Verify", key: certificate.der }],
    });
    await azure.graph("POST", "/v1.0/servicePrincipals", { appId: body.appId });
    const { body: password } = await azure.graph("POST", `/v1.0/applications/${body.id}/addPassword`, {});
    client = { id: body.id, appId: body.appId, secret: password.secretText };
  });
  afterAll(() => azure.close());

  const form = (changes: Record<string, string> = {}) => ({
    grant_type: "client_credentials",
    client_id: client.appId,
    client_secret: client.secret,
    scope: `${vault}/.default`,
    ...changes,
  });
  const place = (path: string) => `${azure.azure.authority}/${path}`;
  const outcome = ({ status, body }: Awaited<ReturnType<TestAzure["askForToken"]>>) =>
    status === 200 ? claimsOf(body.access_token).appid : `${status} AADSTS${body.error_codes[0]}`;

  it.each([
    ["MSAL for Go and Java", `${vault}/.default openid profile offline_access`],
    ["any order", `openid ${vault}/.default email`],
  ])("accept scopes of users beside the API's scope: %s", async (_client, scope) => {
    expect(outcome(await azure.askForToken(form({ scope })))).toBe(client.appId);
  });

  it.each(["openid profile", `${vault}/.default https://graph.microsoft.com/.default`, `${vault}/read`])(
    "refuse the scope '%s'",
    async (scope) => {
      expect(outcome(await azure.askForToken(form({ scope })))).toBe("400 AADSTS1002012");
    },
  );

  it("accept Basic authentication, and refuse a wrong or malformed header", async () => {
    const { client_id: _, client_secret: __, ...rest } = form();
    const ask = (text: string) =>
      azure.send("POST", place(`${azure.azure.tenantId}/oauth2/v2.0/token`), {
        form: rest,
        headers: { authorization: `Basic ${Buffer.from(text).toString("base64")}` },
      });
    expect(outcome(await ask(`${client.appId}:${encodeURIComponent(client.secret)}`))).toBe(client.appId);
    expect(outcome(await ask(`${client.appId}:wrong`))).toBe("401 AADSTS7000215");
    expect(outcome(await ask("no colon"))).toBe("401 AADSTS50148");
  });

  it("ignore a JSON body", async () => {
    const answer = await azure.send("POST", place(`${azure.azure.tenantId}/oauth2/v2.0/token`), { json: form() });
    expect(outcome(answer)).toBe("400 AADSTS900144");
    expect(answer.body.error_description).toMatch(
      /^AADSTS900144: The request body must contain the following parameter: 'grant_type'\./,
    );
  });

  it.each([
    ["token_type", "pop"],
    ["req_cnf", "e30"],
    ["fmi_path", "a/b"],
  ])("refuse %s, which would change the token", async (name, value) => {
    const answer = await azure.askForToken({ ...form(), [name]: value });
    expect(outcome(answer)).toBe("400 AADSTS9002313");
    expect(answer.body.error_description).toContain(`does not serve the parameter '${name}' with this value.`);
  });

  const der = () => new X509Certificate(certificate.pem).raw;
  const sha1 = () => createHash("sha1").update(der()).digest();
  const sha256 = () => createHash("sha256").update(der()).digest();
  const padded = (bytes: Buffer) => bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
  it.each<[string, () => object]>([
    ["x5t in base64url (MSAL for Python)", () => ({ x5t: sha1().toString("base64url") })],
    ["x5t in padded base64url", () => ({ x5t: padded(sha1()) })],
    ["x5t in base64 (MSAL for Go)", () => ({ x5t: sha1().toString("base64") })],
    ["x5t#S256 in base64url (MSAL for Node)", () => ({ "x5t#S256": sha256().toString("base64url") })],
    ["x5t#S256 in base64", () => ({ "x5t#S256": sha256().toString("base64") })],
    ["kid in padded base64url (HashiCorp's SDK)", () => ({ kid: padded(sha1()) })],
  ])("find the certificate of an assertion by %s", async (_spelling, header) => {
    const assertion = async (named: object) =>
      new SignJWT({ iss: client.appId, sub: client.appId, jti: randomUUID() })
        .setProtectedHeader({ alg: "RS256", typ: "JWT", ...named })
        .setAudience(place(`${azure.azure.tenantId}/oauth2/v2.0/token`))
        .setExpirationTime("10m")
        .sign(certificate.privateKey);
    const ask = async (named: object) => {
      const { client_secret: _, ...rest } = form();
      return azure.askForToken({
        ...rest,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: await assertion(named),
      });
    };
    expect(outcome(await ask(header()))).toBe(client.appId);
    expect(outcome(await ask({ x5t: "c29tZWJvZHkgZWxzZQ" }))).toBe("401 AADSTS700027");
  });

  it("accept the tenant's domain, and ids in upper case", async () => {
    const { tenantId } = azure.azure;
    expect(outcome(await azure.askForToken(form(), `${tenantId}.onmicrosoft.com`))).toBe(client.appId);
    expect(
      outcome(await azure.askForToken(form({ client_id: client.appId.toUpperCase() }), tenantId.toUpperCase())),
    ).toBe(client.appId);
    expect(outcome(await azure.askForToken(form(), "other.onmicrosoft.com"))).toBe("400 AADSTS90002");
  });

  it.each(["common", "organizations"])(
    "publish the discovery of %s, but issue no token to an application there",
    async (named) => {
      const { body } = await azure.send("GET", place(`${named}/v2.0/.well-known/openid-configuration`));
      expect([body.issuer, body.token_endpoint]).toEqual([
        place("{tenantid}/v2.0"),
        place(`${named}/oauth2/v2.0/token`),
      ]);
      expect(outcome(await azure.askForToken(form(), named))).toBe("400 AADSTS50059");
    },
  );

  it("support version 1: discovery, keys and a token for a resource", async () => {
    const { tenantId } = azure.azure;
    const { body: discovery } = await azure.send("GET", place(`${tenantId}/.well-known/openid-configuration`));
    expect([discovery.issuer, discovery.jwks_uri]).toEqual([
      `https://sts.windows.net/${tenantId}/`,
      place(`${tenantId}/discovery/keys`),
    ]);
    const { scope: _, ...rest } = form();
    const answer = await azure.send("POST", discovery.token_endpoint, { form: { ...rest, resource: vault } });
    expect([outcome(answer), answer.body.resource]).toEqual([client.appId, vault]);
    const { expires_on, expires_in, not_before } = answer.body;
    expect([expires_on, expires_in, not_before].every((each) => typeof each === "string")).toBe(true);
    const missing = await azure.send("POST", discovery.token_endpoint, { form: rest });
    expect(outcome(missing)).toBe("400 AADSTS900144");
  });

  it("publish each key with a certificate whose thumbprint is the key's id", async () => {
    const { body } = await azure.send("GET", place(`${azure.azure.tenantId}/discovery/v2.0/keys`));
    const [key] = body.keys;
    const shown = new X509Certificate(Buffer.from(key.x5c[0], "base64"));
    const thumbprint = createHash("sha1").update(shown.raw).digest("base64url");
    expect([key.kid, key.x5t]).toEqual([thumbprint, thumbprint]);
    expect(shown.publicKey.export({ format: "jwk" })).toMatchObject({ n: key.n, e: key.e });
  });

  it("describe the local Azure's own instance, and refuse others", async () => {
    const ask = (endpoint: string) =>
      azure.send(
        "GET",
        place(`common/discovery/instance?api-version=1.1&authorization_endpoint=${encodeURIComponent(endpoint)}`),
      );
    const { body } = await ask(place(`${azure.azure.tenantId}/oauth2/v2.0/authorize`));
    expect(body).toEqual({
      tenant_discovery_endpoint: place(`${azure.azure.tenantId}/v2.0/.well-known/openid-configuration`),
      "api-version": "1.1",
      metadata: [
        { preferred_network: azure.azure.host, preferred_cache: azure.azure.host, aliases: [azure.azure.host] },
      ],
    });
    const other = await ask("https://login.example.com/common/oauth2/v2.0/authorize");
    expect([other.status, other.body.error, other.body.error_codes]).toEqual([400, "invalid_instance", [50049]]);
  });

  it.each(["/", "/common/nothing", "/favicon.ico"])("say in Entra's format that %s is not supported", async (path) => {
    const { status, body } = await azure.send("GET", `${azure.azure.authority}${path}`);
    expect([status, body.error]).toEqual([404, "invalid_request"]);
    expect(body.error_description).toContain(`The local Azure does not serve GET ${path} of Entra.`);
  });

  it("issue tokens for the address of Resource Manager", async () => {
    const token = await azure.deployerToken(azure.azure.authority);
    expect((await azure.arm("GET", "/resourceGroups", "2024-03-01", undefined, token)).status).toBe(200);
  });

  it("issue a managed identity's token by object_id and by principal_id", async () => {
    await azure.arm("PUT", "/resourceGroups/rg", "2024-03-01", { location: "westeurope" });
    const path = "/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders";
    const { properties } = (await azure.arm("PUT", path, "2023-01-31", { location: "westeurope" })).body;
    const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = azure.azure.workloadHost();
    for (const name of ["object_id", "principal_id"]) {
      const query = new URLSearchParams({
        "api-version": "2019-08-01",
        resource: vault,
        [name]: properties.principalId.toUpperCase(),
      });
      const { body } = await azure.send("GET", `${IDENTITY_ENDPOINT}?${query}`, {
        headers: { "x-identity-header": IDENTITY_HEADER },
      });
      expect(body.client_id).toBe(properties.clientId);
    }
  });
});
