import { createHmac, generateKeyPairSync, randomUUID } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import express from "express";
import Fastify from "fastify";
import { exportJWK, exportSPKI, importJWK, SignJWT } from "jose";
import { Agent, fetch as undiciFetch } from "undici";
import { requireAppRole as onExpress } from "../express";
import { clientOf, requireAppRole as onFastify } from "../fastify";
import { Guard } from "../guard";

jest.setTimeout(60_000);

const role = "Inventory.Write";
type Claims = Record<string, unknown>;

/** Creates an API and its caller in a tenant, without a deployment. */
function landscapeIn({ tenant }: LocalAzure) {
  const api = tenant.addApplication("inventory");
  api.requestedAccessTokenVersion = 2;
  api.appRoles = ["Inventory.Read", role].map((value) => ({
    id: randomUUID(),
    value,
    displayName: value,
    description: value,
    isEnabled: true,
    allowedMemberTypes: ["Application"],
  }));
  const apiPrincipal = tenant.addServicePrincipal({ appId: api.appId, displayName: "inventory" });
  const caller = tenant.addApplication("fulfillment");
  const principal = tenant.addServicePrincipal({ appId: caller.appId, displayName: "fulfillment" });
  const grant = (value: string) =>
    tenant.assign(principal.id, apiPrincipal.id, api.appRoles.find((each) => each.value === value)?.id ?? "");
  const { secretText } = tenant.addPassword(caller, { displayName: "secret" });
  return { api, caller, principal, grant, secret: secretText };
}

describe("the guard of an API", () => {
  let azure: LocalAzure;
  let other: LocalAzure;
  let shop: ReturnType<typeof landscapeIn>;
  let elsewhere: ReturnType<typeof landscapeIn>;
  const agents = new Map<LocalAzure, Agent>();
  const servers: { close(): unknown }[] = [];
  let addresses: Record<"fastify" | "express", string>;
  const reasons: string[] = [];
  let keysFetched = 0;

  const fetchFrom = (from: LocalAzure): typeof fetch => {
    const dispatcher = agents.get(from) ?? new Agent({ connect: { ca: from.caCertificate } });
    agents.set(from, dispatcher);
    return ((input: string, init: object) => undiciFetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
  };
  const guardOf = (change: Partial<ConstructorParameters<typeof Guard>[0]> = {}) =>
    new Guard({
      tenantId: azure.tenantId,
      clientId: shop.api.appId,
      authority: azure.authority,
      fetch: (...args) => {
        keysFetched++;
        return fetchFrom(azure)(...args);
      },
      ...change,
    });
  /** Requests a token from the tenant. */
  const tokenFrom = async (
    from: LocalAzure,
    { caller, secret, api }: ReturnType<typeof landscapeIn>,
    scope?: string,
  ) => {
    const response = await fetchFrom(from)(`${from.authority}/${from.tenantId}/oauth2/v2.0/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: caller.appId,
        client_secret: secret,
        scope: scope ?? `${api.appId}/.default`,
      }).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  const now = () => Math.floor(Date.now() / 1000);
  const claims = (change: Claims = {}): Claims => ({
    aud: shop.api.appId,
    iss: `${azure.authority}/${azure.tenantId}/v2.0`,
    iat: now() - 300,
    nbf: now() - 300,
    exp: now() + 3600,
    azp: shop.caller.appId,
    azpacr: "1",
    oid: shop.principal.id,
    sub: shop.principal.id,
    roles: [role],
    tid: azure.tenantId,
    ver: "2.0",
    ...change,
  });
  const part = (value: unknown) =>
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  /** A token that the tenant's key signs, so that only the claims or the header are wrong. */
  const signed = (change: Claims = {}, header: object = {}) =>
    new SignJWT(claims(change))
      .setProtectedHeader({ typ: "JWT", alg: "RS256", kid: azure.signingKeys.current.kid, ...header })
      .sign(azure.signingKeys.current.privateKey);
  const attacker = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const forged = (header: object = {}) =>
    new SignJWT(claims())
      .setProtectedHeader({ typ: "JWT", alg: "RS256", kid: azure.signingKeys.current.kid, ...header })
      .sign(attacker.privateKey);
  /** A token that the tenant's key signs, with a payload that no JSON serializer produces. */
  const signedText = async (payload: string) => {
    const { CompactSign } = await import("jose");
    return new CompactSign(new TextEncoder().encode(payload))
      .setProtectedHeader({ typ: "JWT", alg: "RS256", kid: azure.signingKeys.current.kid })
      .sign(azure.signingKeys.current.privateKey);
  };

  beforeAll(async () => {
    [azure, other] = await Promise.all([startLocalAzure(), startLocalAzure()]);
    [shop, elsewhere] = [landscapeIn(azure), landscapeIn(other)];
    shop.grant(role);
    elsewhere.grant(role);
    const guard = guardOf();
    const fastify = Fastify({
      forceCloseConnections: true,
      logger: { level: "warn", stream: { write: (line: string) => reasons.push(line) } },
    });
    fastify.get("/", { onRequest: onFastify(guard, role) }, async (request) => clientOf(request));
    await fastify.listen({ host: "127.0.0.1", port: 0 });
    servers.push(fastify);
    const app = express();
    app.get(
      "/",
      onExpress(guard, role, ({ reason }) => reasons.push(reason)),
      (_request, response) => void response.json({}),
    );
    const server = http.createServer(app).listen(0, "127.0.0.1");
    await once(server, "listening");
    servers.push(server);
    const at = (each: http.Server) => `http://127.0.0.1:${(each.address() as AddressInfo).port}/`;
    addresses = { fastify: at(fastify.server), express: at(server) };
  });
  afterAll(async () => {
    for (const server of servers) await server.close();
    await Promise.all([...agents.values()].map((agent) => agent.close()));
    await Promise.all([azure.close(), other.close()]);
  });

  const call = async (authorization: string | undefined, framework: keyof typeof addresses = "fastify") => {
    const response = await fetch(
      addresses[framework],
      authorization === undefined ? {} : { headers: { authorization } },
    );
    return {
      status: response.status,
      challenge: response.headers.get("www-authenticate"),
      body: (await response.json()) as unknown,
    };
  };
  const realm = () => `Bearer realm="${shop.api.appId}"`;
  const unauthorizedAnswer = () => ({
    status: 401,
    challenge: `${realm()}, error="invalid_token"`,
    body: { error: "invalid_token" },
  });
  const forbiddenChallenge = (of = shop.api.appId) =>
    `Bearer realm="${of}", error="insufficient_scope", error_description="The token does not contain the app role. A token keeps the roles it was issued with, for up to 90 minutes: after a grant, request a new one", scope="${role}"`;
  const forbiddenAnswer = () => ({
    status: 403,
    challenge: forbiddenChallenge(),
    body: { error: "insufficient_scope" },
  });

  it("accepts a token of its tenant, and returns the caller", async () => {
    const token = await tokenFrom(azure, shop);
    const who = { clientId: shop.caller.appId, objectId: shop.principal.id, roles: [role] };
    expect(await call(`Bearer ${token}`)).toEqual({ status: 200, challenge: null, body: who });
    expect((await call(`bearer ${token}`, "express")).status).toBe(200);
    // RFC 6750 allows one or more spaces: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
    expect((await call(`Bearer   ${token}`)).status).toBe(200);
  });

  it("answers 401 without an error code if the request has no token", async () => {
    const nothing = { status: 401, challenge: realm(), body: { error: "unauthorized" } };
    expect([await call(undefined), await call(undefined, "express")]).toEqual([nothing, nothing]);
  });

  const attacks: Record<string, () => Promise<string> | string> = {
    "alg none": () =>
      `Bearer ${part({ typ: "JWT", alg: "none", kid: azure.signingKeys.current.kid })}.${part(claims())}.x`,
    "alg none, without a signature": () => `Bearer ${part({ typ: "JWT", alg: "none" })}.${part(claims())}.`,
    "HS256 with the public key": async () => {
      const [jwk] = azure.signingKeys.jwks;
      const pem = await exportSPKI((await importJWK({ ...jwk }, "RS256")) as Parameters<typeof exportSPKI>[0]);
      const data = `${part({ typ: "JWT", alg: "HS256", kid: azure.signingKeys.current.kid })}.${part(claims())}`;
      return `Bearer ${data}.${createHmac("sha256", pem).update(data).digest("base64url")}`;
    },
    "the attacker's own key": async () => `Bearer ${await forged()}`,
    "a key in the header": async () =>
      `Bearer ${await forged({ jwk: await exportJWK(attacker.publicKey), kid: "mine" })}`,
    "a key that the header points to": async () =>
      `Bearer ${await forged({ jku: "https://attacker.example/keys", kid: "mine" })}`,
    "an unknown critical header": async () => {
      const header = { typ: "JWT", alg: "RS256", kid: azure.signingKeys.current.kid, crit: ["exp"], exp: 1 };
      return `Bearer ${part(header)}.${(await signed()).split(".").slice(1).join(".")}`;
    },
    "the kid of another key": async () => {
      await other.signingKeys.publishNext();
      return `Bearer ${await signed({}, { kid: other.signingKeys.jwks.at(-1)?.kid })}`;
    },
    "a kid that is a path": async () => `Bearer ${await signed({}, { kid: "../../../dev/null" })}`,
    "no kid": async () => `Bearer ${await signed({}, { kid: undefined })}`,
    "another type of token": async () => `Bearer ${await signed({}, { typ: "dpop+jwt" })}`,
    "another tenant's token": async () => `Bearer ${await tokenFrom(other, elsewhere)}`,
    "another tenant only in tid": async () => `Bearer ${await signed({ tid: other.tenantId })}`,
    "another tenant only in iss": async () =>
      `Bearer ${await signed({ iss: `${azure.authority}/${other.tenantId}/v2.0` })}`,
    "another API's token": async () => `Bearer ${await signed({ aud: shop.caller.appId })}`,
    "a token for several APIs": async () => `Bearer ${await signed({ aud: [shop.api.appId, shop.caller.appId] })}`,
    "a token for Microsoft Graph": async () =>
      `Bearer ${await tokenFrom(azure, shop, "https://graph.microsoft.com/.default")}`,
    "a v1.0 token": async () =>
      `Bearer ${await signed({
        iss: `https://sts.windows.net/${azure.tenantId}/`,
        aud: `api://${shop.api.appId}`,
        ver: "1.0",
        appid: shop.caller.appId,
        azp: undefined,
      })}`,
    "a version that is not 2.0": async () => `Bearer ${await signed({ ver: "1.0" })}`,
    "an ID token": async () =>
      `Bearer ${await signed({ azp: undefined, nonce: "n", sub: "pairwise", roles: [role], name: "A Person" })}`,
    "a user's access token": async () => `Bearer ${await signed({ scp: "user_impersonation" })}`,
    "a user's token without scopes": async () => `Bearer ${await signed({ sub: "pairwise" })}`,
    "a token that is bound to a key": async () => `Bearer ${await signed({ cnf: { kid: "the client's own" } })}`,
    "a token with the idtyp of a user": async () => `Bearer ${await signed({ idtyp: "user" })}`,
    "an expired token": async () => `Bearer ${await signed({ exp: now() - 61 })}`,
    "a token without an expiry": async () => `Bearer ${await signed({ exp: undefined })}`,
    "a token that is not valid yet": async () => `Bearer ${await signed({ nbf: now() + 120 })}`,
    "roles as a string": async () => `Bearer ${await signed({ roles: role })}`,
    "roles as an object": async () => `Bearer ${await signed({ roles: { 0: role, length: 1 } })}`,
    "a repeated claim": async () =>
      `Bearer ${await signedText(JSON.stringify(claims()).replace('"roles"', '"roles":["Inventory.Read"],"roles"'))}`,
    "a repeated claim, far from its colon": async () =>
      `Bearer ${await signedText(JSON.stringify(claims()).replace('"roles"', `"roles"${" ".repeat(99)}:[],"roles"`))}`,
    "a repeated claim, with an escaped name": async () =>
      `Bearer ${await signedText(JSON.stringify(claims()).replace('"roles"', '"rol\\u0065s":[],"roles"'))}`,
    "a token of 100 kB": async () => `Bearer ${await signed({ filler: "x".repeat(75_000) })}`,
    "a changed payload": async () => {
      const [header, , signature] = (await signed({ roles: [] })).split(".");
      return `Bearer ${header}.${part(claims())}.${signature}`;
    },
    "a cut signature": async () => `Bearer ${(await signed()).slice(0, -8)}`,
    "invalid base64": async () => `Bearer ${(await signed()).replace(".", ".!")}`,
    "a header that is not JSON": async () => `Bearer ${part("{")}.${(await signed()).split(".").slice(1).join(".")}`,
    "a payload that is not JSON": async () => `Bearer ${await signedText("not JSON")}`,
    "a payload that is a list": async () => `Bearer ${await signedText("[]")}`,
    "two parts": async () => `Bearer ${(await signed()).split(".").slice(0, 2).join(".")}`,
    "five parts": async () => `Bearer ${await signed()}.a.b`,
    "a parameter after the token": async () => `Bearer ${await signed()} realm=x`,
    "two tokens": async () => `Bearer ${await forged()}, Bearer ${await signed()}`,
    "another scheme": async () => `Basic ${await signed()}`,
    "nothing after the scheme": () => "Bearer",
    "a tab after the scheme": async () => `Bearer\t${await signed()}`,
    "no space after the scheme": async () => `Bearer${await signed()}`,
    "a kid that is a number": async () => {
      const header = { typ: "JWT", alg: "RS256", kid: 1 };
      return `Bearer ${part(header)}.${(await signed()).split(".").slice(1).join(".")}`;
    },
    "a kid that is a property of every object": async () => `Bearer ${await signed({}, { kid: "constructor" })}`,
    "a token of the type in RFC 9068": async () => `Bearer ${await signed({}, { typ: "at+jwt" })}`,
    "a list of one audience": async () => `Bearer ${await signed({ aud: [shop.api.appId] })}`,
    "a token without an audience": async () => `Bearer ${await signed({ aud: undefined })}`,
    "a token without nbf": async () => `Bearer ${await signed({ nbf: undefined })}`,
    "an expiry that is a string": async () =>
      `Bearer ${await signedText(JSON.stringify(claims({ exp: "9999999999" })))}`,
    "an infinite expiry": async () =>
      `Bearer ${await signedText(JSON.stringify(claims()).replace(/"exp":\d+/, '"exp":1e999'))}`,
    "no client": async () => `Bearer ${await signed({ azp: undefined })}`,
    "a client that is an object": async () => `Bearer ${await signed({ azp: { toString: shop.caller.appId } })}`,
    "roles in nested lists": async () => `Bearer ${await signed({ roles: [[role]] })}`,
    "claims in __proto__": async () =>
      `Bearer ${await signedText(JSON.stringify(claims({ roles: undefined })).replace(/^{/, `{"__proto__":{"roles":["${role}"]},"roles":"",`))}`,
    "a payload with base64 padding": async () => {
      const [header, payload, signature] = (await signed()).split(".");
      return `Bearer ${header}.${payload}=.${signature}`;
    },
    "the signature of another accepted token": async () => {
      const [one, other] = [await signed(), await signed({ iat: now() - 301 })];
      expect((await call(`Bearer ${one}`)).status).toBe(200);
      expect((await call(`Bearer ${other}`)).status).toBe(200);
      return `Bearer ${one.split(".").slice(0, 2).join(".")}.${other.split(".")[2]}`;
    },
  };
  it.each(Object.keys(attacks))("refuses %s, in both frameworks", async (name) => {
    const authorization = (await attacks[name]?.()) ?? "";
    // Node itself refuses a header of 100 kB, because it has its own limit.
    if (authorization.length > 16_000) {
      const judged = await guardOf().judge(authorization, role);
      expect(judged).toEqual({
        refusal: {
          status: 401,
          headers: { "www-authenticate": `${realm()}, error="invalid_token"` },
          body: { error: "invalid_token" },
        },
        code: "token_malformed",
        reason: "the token is too long",
      });
      expect((await fetch(addresses.fastify, { headers: { authorization } })).status).toBe(431);
      return;
    }
    expect([await call(authorization), await call(authorization, "express")]).toEqual([
      unauthorizedAnswer(),
      unauthorizedAnswer(),
    ]);
  });

  it("uses only the first of two authorization headers", async () => {
    const [good, bad] = [await tokenFrom(azure, shop), await forged()];
    const { hostname, port } = new URL(addresses.fastify);
    const status = (first: string, second: string) =>
      new Promise((resolve) => {
        const headers = ["authorization", `Bearer ${first}`, "authorization", `Bearer ${second}`, "host", hostname];
        http.get({ hostname, port, headers }, (response) => resolve(response.resume().statusCode));
      });
    // Node uses the first header and ignores the second.
    expect([await status(bad, good), await status(good, bad)]).toEqual([401, 200]);
  });

  it("answers 403 to a token without the role, and to one whose grant was removed", async () => {
    expect(await call(`Bearer ${await signed({ roles: ["Inventory.Read", "inventory.write"] })}`)).toEqual(
      forbiddenAnswer(),
    );
    expect(await call(`Bearer ${await signed({ roles: undefined })}`, "express")).toEqual(forbiddenAnswer());
    const changed = landscapeIn(azure);
    changed.grant("Inventory.Read");
    const assignment = changed.grant(role);
    changed.api.appRoles = changed.api.appRoles.map((each) =>
      each.value === role ? { ...each, isEnabled: false } : each,
    );
    azure.tenant.unassign(assignment);
    const guard = guardOf({ clientId: changed.api.appId });
    expect(await guard.judge(`Bearer ${await tokenFrom(azure, changed)}`, role)).toEqual({
      refusal: {
        status: 403,
        headers: { "www-authenticate": forbiddenChallenge(changed.api.appId) },
        body: { error: "insufficient_scope" },
      },
      code: "role_missing",
      reason: `the app role ${role} is missing`,
    });
  });

  it("accepts a token up to a minute before and after its validity", async () => {
    const judge = async (change: Claims) => (await call(`Bearer ${await signed(change)}`)).status;
    expect([await judge({ exp: now() - 50 }), await judge({ nbf: now() + 50 })]).toEqual([200, 200]);
    expect([await judge({ exp: now() - 70 }), await judge({ nbf: now() + 70 })]).toEqual([401, 401]);
  });

  it("writes no part of a token into the log or an answer", async () => {
    const token = await forged();
    const { body } = await call(`Bearer ${token}`);
    const said = `${JSON.stringify(body)} ${reasons.join(" ")}`;
    for (const piece of token.split(".")) expect(said).not.toContain(piece.slice(0, 30));
    expect(said).not.toContain(shop.caller.appId);
  });

  it("fetches the keys only once for many tokens with unknown keys", async () => {
    const guard = guardOf();
    const before = keysFetched;
    const tokens = await Promise.all(Array.from({ length: 300 }, (_, index) => forged({ kid: `unknown-${index}` })));
    const answers = await Promise.all(tokens.map((token) => guard.judge(`Bearer ${token}`, role)));
    expect(new Set(answers.map(({ refusal }) => refusal?.status))).toEqual(new Set([401]));
    expect(keysFetched - before).toBe(1);
  });

  it("accepts the same tokens with every spelling of its authority", async () => {
    const token = await tokenFrom(azure, shop);
    const { authority } = azure;
    for (const spelled of [authority, `${authority}/`, authority.replace("localhost", "LOCALHOST")])
      expect([spelled, (await guardOf({ authority: spelled }).judge(`Bearer ${token}`, role)).refusal]).toEqual([
        spelled,
        undefined,
      ]);
  });

  it("accepts all valid tokens while the signing keys rotate", async () => {
    const rotating = await startLocalAzure();
    try {
      const pair = landscapeIn(rotating);
      pair.grant(role);
      const guard = new Guard({
        tenantId: rotating.tenantId,
        clientId: pair.api.appId,
        authority: rotating.authority,
        keysCooldown: 0,
        fetch: fetchFrom(rotating),
      });
      const judge = async (token: string) => (await guard.judge(`Bearer ${token}`, role)).refusal?.status ?? 200;
      const first = await tokenFrom(rotating, pair);
      expect(await judge(first)).toBe(200);
      await rotating.signingKeys.publishNext();
      expect(await judge(await tokenFrom(rotating, pair))).toBe(200);
      rotating.signingKeys.useNext();
      const second = await tokenFrom(rotating, pair);
      expect([await judge(first), await judge(second)]).toEqual([200, 200]);
      rotating.signingKeys.retireOthers();
      expect(await judge(second)).toBe(200);
      // A new guard fetches the keys for the first time, and no longer gets the old key.
      const late = new Guard({
        tenantId: rotating.tenantId,
        clientId: pair.api.appId,
        authority: rotating.authority,
        fetch: fetchFrom(rotating),
      });
      expect((await late.judge(`Bearer ${first}`, role)).refusal?.status).toBe(401);
    } finally {
      await agents.get(rotating)?.close();
      agents.delete(rotating);
      await rotating.close();
    }
  });

  it("answers 503 while it has no keys, because it cannot check tokens", async () => {
    const guard = guardOf({
      authority: "https://localhost:1",
      fetch: () => Promise.reject(new TypeError("fetch failed")),
    });
    expect(await guard.judge(`Bearer ${await signed()}`, role)).toEqual({
      refusal: { status: 503, headers: { "retry-after": "5" }, body: { error: "temporarily_unavailable" } },
      code: "keys_unavailable",
      reason: "the signing keys are unavailable",
    });
    const broken = guardOf({ fetch: () => Promise.resolve(new Response("", { status: 500 })) });
    expect((await broken.judge(`Bearer ${await signed()}`, role)).refusal?.status).toBe(503);
  });
});
