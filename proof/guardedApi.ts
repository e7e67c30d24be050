import { once } from "node:events";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify } from "jose";
import { patientFetch } from "./patience";

export interface GuardedApiOptions {
  /** The API's client id: the audience of its tokens. */
  readonly clientId: string;
  readonly tenantId: string;
  /** `https://localhost:{port}` or `https://login.microsoftonline.com`. */
  readonly authority: string;
  /** The certificate that it shows. */
  readonly certificate: { readonly key: string; readonly cert: string };
}

export interface GuardedApi {
  /** `https://localhost:{port}`: `GET /roles/{role}` needs that app role. */
  readonly address: string;
  close(): Promise<void>;
}

/** An API as a service would guard it: signature, issuer, audience, tenant, lifetime, and the app role of what is asked. */
export async function startGuardedApi(options: GuardedApiOptions): Promise<GuardedApi> {
  const verify = await tokenCheck(options);
  const server = https.createServer(options.certificate, (request, response) => {
    const answer = (status: number, body: object) => {
      if (status === 401) response.setHeader("www-authenticate", 'Bearer error="invalid_token"');
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const role = /^\/roles\/([^/?]+)$/.exec(request.url ?? "")?.[1];
    if (role === undefined || request.method !== "GET") return answer(404, { error: "not_found" });
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined) return answer(401, { error: "invalid_request" });
    verify(token).then(
      ({ roles }) =>
        Array.isArray(roles) && roles.includes(decodeURIComponent(role))
          ? answer(200, { granted: decodeURIComponent(role) })
          : answer(403, { error: "insufficient_scope" }),
      () => answer(401, { error: "invalid_token" }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `https://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function tokenCheck({
  clientId,
  tenantId,
  authority,
}: GuardedApiOptions): Promise<(token: string) => Promise<JWTPayload>> {
  const discovery = await patientFetch(`${authority}/${tenantId}/v2.0/.well-known/openid-configuration`);
  if (!discovery.ok) throw new Error(`GET ${discovery.url}: ${discovery.status}`);
  const { issuer, jwks_uri: keysAddress } = (await discovery.json()) as { issuer: string; jwks_uri: string };
  const keys = createRemoteJWKSet(new URL(keysAddress), { [customFetch]: patientFetch });
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ["RS256"],
      issuer,
      audience: clientId,
      requiredClaims: ["exp", "nbf", "tid", "azp"],
    });
    if (payload.tid !== tenantId || payload.ver !== "2.0") throw new Error("not a v2.0 token of this tenant");
    return payload;
  };
}
