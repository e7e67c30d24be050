import { once } from "node:events";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { claimsOf, startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { ClusterIssuer } from "../entra/externalIssuers";

// What these tests cannot prove: that the messages of 700231 and 50166 are right. No source contains them in full.

const cluster = "https://westeurope.oic.prod-aks.azure.com/11111111-1111-4111-8111-111111111111/cluster-1/";
const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const tokenExchange = "api://AzureADTokenExchange";
const vaultScope = "https://vault.azure.net/.default";

describe("a pod", () => {
  let azure: TestAzure;
  let issuer: ClusterIssuer;
  let application: { id: string; appId: string };
  let identity: { clientId: string; principalId: string };
  const identityPath = "/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders";

  beforeAll(async () => {
    azure = await startTestAzure();
    issuer = await azure.azure.clusterIssuer(cluster);
    const { body } = await azure.graph("POST", "/v1.0/applications", { displayName: "orders" });
    application = body;
    await azure.graph("POST", "/v1.0/servicePrincipals", { appId: application.appId });
    await trusts({ issuer: cluster, subject: "system:serviceaccount:shop:orders" });

    await azure.arm("PUT", "/resourceGroups/rg", "2024-03-01", { location: "westeurope" });
    const created = await azure.arm("PUT", identityPath, "2023-01-31", { location: "westeurope" });
    identity = created.body.properties;
    const credential = await azure.arm(
      "PUT",
      `${identityPath}/federatedIdentityCredentials/shop-orders`,
      "2023-01-31",
      {
        properties: { issuer: cluster, subject: "system:serviceaccount:shop:orders", audiences: [tokenExchange] },
      },
    );
    expect(credential.status).toBe(201);
  });
  afterAll(() => azure.close());

  const trusts = async (trust: { issuer: string; subject: string }) => {
    const { status } = await azure.graph("POST", `/v1.0/applications/${application.id}/federatedIdentityCredentials`, {
      name: `trust-${trusted++}`,
      audiences: [tokenExchange],
      ...trust,
    });
    expect(status).toBe(201);
  };
  let trusted = 0;

  const ask = (clientId: string, assertion: string, scope = vaultScope) =>
    azure.askForToken({
      grant_type: "client_credentials",
      client_id: clientId,
      client_assertion: assertion,
      client_assertion_type: jwtBearer,
      scope,
    });
  const refusal = async (clientId: string, assertion: string) => {
    const { status, body } = await ask(clientId, assertion);
    return [status, body.error_codes?.[0]];
  };

  it("signs in as the registration that trusts its service account", async () => {
    const { status, body } = await ask(application.appId, await issuer.token("shop", "orders"));
    expect([status, claimsOf(body.access_token).appid]).toEqual([200, application.appId]);
  });

  it("signs in as the managed identity that trusts its service account", async () => {
    const { status, body } = await ask(identity.clientId, await issuer.token("shop", "orders"));
    expect([status, claimsOf(body.access_token).oid]).toEqual([200, identity.principalId]);
  });

  it("is refused with another namespace, service account, audience or issuer, and with an expired token", async () => {
    const cases: [number, Promise<string>][] = [
      [700213, issuer.token("default", "orders")],
      [700213, issuer.token("shop", "Orders")],
      [700212, issuer.token("shop", "orders", { aud: ["https://kubernetes.default.svc"] })],
      [700211, issuer.token("shop", "orders", { iss: cluster.slice(0, -1) })],
      [700024, issuer.token("shop", "orders", { exp: 1 })],
    ];
    for (const [code, token] of cases) {
      expect(await refusal(application.appId, await token)).toEqual([401, code]);
      expect(await refusal(identity.clientId, await token)).toEqual([401, code]);
    }
  });

  it("cannot sign in with two federations in a row, through the managed identity: AADSTS700231", async () => {
    await trusts({ issuer: `${azure.azure.authority}/${azure.azure.tenantId}/v2.0`, subject: identity.principalId });
    const byFederation = await ask(
      identity.clientId,
      await issuer.token("shop", "orders"),
      `${tokenExchange}/.default`,
    );
    expect(byFederation.status).toBe(200);
    expect(await refusal(application.appId, byFederation.body.access_token)).toEqual([401, 700231]);
    // A token from the managed identity endpoint was not obtained by federation.
    const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = azure.azure.workloadHost();
    const query = { "api-version": "2019-08-01", resource: tokenExchange, client_id: identity.clientId };
    const { body } = await azure.send("GET", `${IDENTITY_ENDPOINT}?${new URLSearchParams(query)}`, {
      headers: { "x-identity-header": IDENTITY_HEADER },
    });
    expect((await ask(application.appId, body.access_token)).status).toBe(200);
  });

  it("is refused with a token of a registration, even if the credential trusts it: AADSTS700222", async () => {
    const ownToken = await ask(application.appId, await issuer.token("shop", "orders"), `${tokenExchange}/.default`);
    const { iss, sub } = claimsOf(ownToken.body.access_token) as { iss: string; sub: string };
    await trusts({ issuer: iss, subject: sub });
    expect(await refusal(application.appId, ownToken.body.access_token)).toEqual([401, 700222]);
  });

  describe("of a cluster whose issuer is on loopback", () => {
    let server: https.Server;
    let address: string;
    let claimed: string;
    let token: (iss?: string) => Promise<string>;

    beforeAll(async () => {
      const { privateKey, publicKey } = await generateKeyPair("RS256");
      const jwk = { ...(await exportJWK(publicKey)), kid: "1", alg: "RS256", use: "sig" };
      server = https.createServer(await azure.azure.serverCertificate(), ({ url }, response) => {
        if (url === "/.well-known/openid-configuration")
          response.end(JSON.stringify({ issuer: claimed, jwks_uri: `${address}openid/v1/jwks` }));
        else if (url === "/openid/v1/jwks") response.end(JSON.stringify({ keys: [jwk] }));
        else response.writeHead(404).end();
      });
      await once(server.listen(0, "127.0.0.1"), "listening");
      address = `https://localhost:${(server.address() as AddressInfo).port}/`;
      claimed = address;
      token = (iss = address) =>
        new SignJWT({ iss, sub: "system:serviceaccount:shop:orders", aud: tokenExchange })
          .setProtectedHeader({ alg: "RS256", kid: "1" })
          .setExpirationTime("5m")
          .sign(privateKey);
      await trusts({ issuer: address, subject: "system:serviceaccount:shop:orders" });
    });
    afterAll(() => server.close());

    it("signs in with the issuer's published keys, and is refused if the issuer's document names another issuer", async () => {
      expect((await ask(application.appId, await token())).status).toBe(200);
      claimed = cluster;
      expect(await refusal(application.appId, await token())).toEqual([400, 50166]);
      claimed = address;
    });

    it("is refused if the token is signed with another key, and if the issuer publishes no keys", async () => {
      expect(await refusal(application.appId, await token(cluster))).toEqual([401, 700027]);
      const nobody = "https://issuer.example/";
      await trusts({ issuer: nobody, subject: "system:serviceaccount:shop:orders" });
      expect(await refusal(application.appId, await token(nobody))).toEqual([400, 50166]);
    });
  });
});
