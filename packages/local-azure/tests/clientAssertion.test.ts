import { ConfidentialClientApplication } from "@azure/msal-node";
import { claimsOf, startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { selfSigned, type TestCertificate } from "@microservice-identities/test-support/certificate";
import { msalNetwork } from "@microservice-identities/test-support/msal";
import { SignJWT } from "jose";

// MSAL uses the machine's time in its assertions.
const now = Date.now();
const seconds = Math.floor(now / 1000);
const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** A client can authenticate without a secret: with a certificate, or with a token of another identity that it trusts. */
describe("a client assertion", () => {
  let azure: TestAzure;
  let client: { id: string; appId: string };
  let audience: string;
  const scope = "https://vault.azure.net/.default";

  beforeAll(async () => {
    azure = await startTestAzure({ clock: () => now });
    const { body } = await azure.graph("POST", "/v1.0/applications", { displayName: "fulfillment" });
    await azure.graph("POST", "/v1.0/servicePrincipals", { appId: body.appId });
    client = { id: body.id, appId: body.appId };
    audience = `${azure.azure.authority}/${azure.azure.tenantId}/oauth2/v2.0/token`;
  });
  afterAll(() => azure.close());

  const ask = async (assertion: string, type: Record<string, string> = { client_assertion_type: jwtBearer }) => {
    const { status, body } = await azure.askForToken({
      grant_type: "client_credentials",
      client_id: client.appId,
      client_assertion: assertion,
      ...type,
      scope,
    });
    return status === 200
      ? [status, claimsOf(body.access_token).azpacr ?? claimsOf(body.access_token).appidacr]
      : [status, body.error_codes[0], body.error_description.replace(/^AADSTS\d+: | Trace ID.*$/g, "")];
  };

  describe("signed with a certificate", () => {
    let certificate: TestCertificate;
    let stranger: TestCertificate;

    beforeAll(async () => {
      [certificate, stranger] = await Promise.all([selfSigned("fulfillment"), selfSigned("stranger")]);
      const { status } = await azure.graph("PATCH", `/v1.0/applications/${client.id}`, {
        keyCredentials: [
          { type: "AsymmetricX509Cert", usage: "Verify", key: certificate.der, displayName: "CN=fulfillment" },
        ],
      });
      expect(status).toBe(204);
    });

    const sign = (changes: object = {}, header: object = {}, key = certificate.privateKey) =>
      new SignJWT({
        iss: client.appId,
        sub: client.appId,
        aud: audience,
        jti: "1",
        nbf: seconds,
        exp: seconds + 600,
        ...changes,
      })
        .setProtectedHeader({
          alg: "RS256",
          "x5t#S256": Buffer.from(certificate.thumbprint, "hex").toString("base64url"),
          ...header,
        })
        .sign(key);

    it("gets a token with the claim that the client authenticated with a key", async () => {
      expect(await ask(await sign())).toEqual([200, "2"]);
    });

    it("is accepted from MSAL with a certificate", async () => {
      const application = new ConfidentialClientApplication({
        auth: {
          clientId: client.appId,
          authority: `${azure.azure.authority}/${azure.azure.tenantId}`,
          knownAuthorities: [azure.azure.host],
          clientCertificate: {
            thumbprintSha256: certificate.thumbprint,
            privateKey: certificate.privateKeyPem,
          },
        },
        system: { networkClient: msalNetwork(azure.azure) },
      });
      const result = await application.acquireTokenByClientCredential({ scopes: [scope] });
      expect(claimsOf(result?.accessToken ?? "").appid).toBe(client.appId);
    });

    it.each<[string, () => Promise<string>, number, string]>([
      [
        "another key",
        () => sign({}, {}, stranger.privateKey),
        700027,
        "The client assertion failed signature validation.",
      ],
      [
        "a certificate that is not registered",
        () => sign({}, { "x5t#S256": "AAAA" }),
        700027,
        "The client assertion failed signature validation.",
      ],
      [
        "a validity that has ended",
        () => sign({ nbf: seconds - 1200, exp: seconds - 601 }),
        700024,
        "Client assertion is not within its valid time range.",
      ],
      [
        "a validity that has not begun",
        () => sign({ nbf: seconds + 600, exp: seconds + 1200 }),
        700024,
        "Client assertion is not within its valid time range.",
      ],
      [
        "another audience",
        () => sign({ aud: "https://elsewhere.example" }),
        50027,
        "JWT token is invalid or malformed: its 'aud' is not the expected one.",
      ],
      [
        "another subject",
        () => sign({ sub: "somebody" }),
        50027,
        "JWT token is invalid or malformed: its 'sub' is not the expected one.",
      ],
    ])("is refused with %s", async (_case, assertion, code, message) => {
      expect(await ask(await assertion())).toEqual([401, code, message]);
    });

    it("is refused if it is not a JWT, or if its type is missing", async () => {
      expect((await ask("abc")).slice(0, 2)).toEqual([401, 50027]);
      expect(await ask(await sign(), {})).toEqual([
        400,
        900144,
        "The request body must contain the following parameter: 'client_assertion_type'.",
      ]);
    });
  });

  describe("of a managed identity that is a federated identity credential", () => {
    let identity: { clientId: string; principalId: string };
    let token: string;

    const identityToken = async (resource: string): Promise<string> => {
      const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = azure.azure.workloadHost();
      const query = new URLSearchParams({ "api-version": "2019-08-01", resource, client_id: identity.clientId });
      const { body } = await azure.send("GET", `${IDENTITY_ENDPOINT}?${query}`, {
        headers: { "x-identity-header": IDENTITY_HEADER },
      });
      return body.access_token;
    };
    const trust = async (change: object): Promise<() => Promise<unknown>> => {
      const path = `/v1.0/applications/${client.id}/federatedIdentityCredentials`;
      const { status, body } = await azure.graph("POST", path, {
        name: "workload",
        issuer: `${azure.azure.authority}/${azure.azure.tenantId}/v2.0`,
        subject: identity.principalId,
        audiences: ["api://AzureADTokenExchange"],
        ...change,
      });
      expect(status).toBe(201);
      return () => azure.graph("DELETE", `${path}/${body.id}`);
    };

    beforeAll(async () => {
      await azure.arm("PUT", "/resourceGroups/rg", "2024-03-01", { location: "westeurope" });
      const { body } = await azure.arm(
        "PUT",
        "/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-fulfillment",
        "2023-01-31",
        { location: "westeurope" },
      );
      identity = body.properties;
      token = await identityToken("api://AzureADTokenExchange");
    });

    it("gets a token without a secret", async () => {
      const distrust = await trust({});
      expect(await ask(token)).toEqual([200, "2"]);
      await distrust();
    });

    it.each<[string, () => object, number, () => string]>([
      ["issuer", () => ({ issuer: "https://elsewhere.example" }), 700211, () => `issuer '${claimsOf(token).iss}'`],
      ["subject", () => ({ subject: client.id }), 700213, () => `subject '${identity.principalId}'`],
      ["audience", () => ({ audiences: ["api://elsewhere"] }), 700212, () => "audience 'api://AzureADTokenExchange'"],
    ])("is refused if the registration trusts another %s", async (_case, change, code, property) => {
      const distrust = await trust(change());
      expect(await ask(token)).toEqual([
        401,
        code,
        `No matching federated identity record found for presented assertion ${property()}.`,
      ]);
      await distrust();
    });

    it("is refused if the registration has no federated identity credential", async () => {
      expect((await ask(token)).slice(0, 2)).toEqual([401, 700211]);
    });
  });
});

describe("a disabled service principal", () => {
  let azure: TestAzure;
  beforeAll(async () => {
    azure = await startTestAzure();
  });
  afterAll(() => azure.close());

  it("is refused as the client (7000112) and as the API (500014)", async () => {
    const { tenant } = azure.azure;
    const application = tenant.addApplication("orders");
    const principal = tenant.addServicePrincipal({ appId: application.appId, displayName: "orders" });
    const { secretText } = tenant.addPassword(application, { displayName: "x" });
    const ask = (form: object) =>
      azure.askForToken({
        grant_type: "client_credentials",
        client_id: application.appId,
        client_secret: secretText,
        scope: `${application.appId}/.default`,
        ...form,
      });
    expect((await ask({})).status).toBe(200);
    principal.accountEnabled = false;
    expect((await ask({})).body.error_codes).toEqual([7000112]);
    const { ARM_CLIENT_ID, ARM_CLIENT_SECRET } = azure.azure.deployer;
    const asDeployer = await ask({ client_id: ARM_CLIENT_ID, client_secret: ARM_CLIENT_SECRET });
    expect(asDeployer.body.error_codes).toEqual([500014]);
  });
});
