import { once } from "node:events";
import http from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { requireAppRole } from "@microservice-identities/runtime/express";
import { Guard } from "@microservice-identities/runtime/guard";
import express, { type RequestHandler } from "express";

/** The ways to check the tokens of an API. */
export interface GuardedBy {
  readonly by: "nothing" | "ours" | "ours, each request" | "express-oauth2-jwt-bearer" | "passport-azure-ad";
  readonly tenantId: string;
  readonly clientId: string;
  readonly authority: string;
  readonly role: string;
  /** The folder in which the peers are installed. */
  readonly peers: string;
}

type Claims = { readonly roles?: readonly string[] } | undefined;

/** The same check with each of them: signature, issuer, audience, lifetime and app role. */
function handlersOf({ by, tenantId, clientId, authority, role, peers }: GuardedBy): readonly RequestHandler[] {
  const installed = createRequire(path.join(peers, "index.js"));
  const issuer = `${authority}/${tenantId}/v2.0`;
  const allowed = (claims: Claims, next: () => void, refuse: () => void) =>
    claims?.roles?.includes(role) ? next() : refuse();
  switch (by) {
    case "nothing":
      return [];
    case "ours":
      return [requireAppRole(new Guard({ tenantId, clientId, authority }), role)];
    case "ours, each request":
      return [requireAppRole(new Guard({ tenantId, clientId, authority, verifiedTokens: 0 }), role)];
    case "express-oauth2-jwt-bearer": {
      const { auth } = installed("express-oauth2-jwt-bearer") as { auth(options: object): RequestHandler };
      const jwksUri = `${authority}/${tenantId}/discovery/v2.0/keys`;
      const check: RequestHandler = (request, response, next) =>
        allowed((request as { auth?: { payload?: Claims } }).auth?.payload, next, () => response.status(403).end());
      return [auth({ issuer, audience: clientId, jwksUri, tokenSigningAlg: "RS256" }), check];
    }
    case "passport-azure-ad": {
      const passport = installed("passport") as {
        use(strategy: object): void;
        authenticate(name: string, options: object): RequestHandler;
      };
      const { BearerStrategy } = installed("passport-azure-ad") as {
        BearerStrategy: new (
          options: object,
          verify: (claims: Claims, done: (error: null, user: Claims) => void) => void,
        ) => object;
      };
      const options = {
        identityMetadata: `${issuer}/.well-known/openid-configuration`,
        clientID: clientId,
        audience: clientId,
        issuer,
        validateIssuer: true,
        loggingLevel: "error",
      };
      passport.use(new BearerStrategy(options, (claims, done) => done(null, claims)));
      const check: RequestHandler = (request, response, next) =>
        allowed((request as { user?: Claims }).user, next, () => response.status(403).end());
      return [passport.authenticate("oauth-bearer", { session: false }), check];
    }
  }
}

process.once("message", (guarded: GuardedBy) => {
  const app = express();
  app.get("/", ...handlersOf(guarded), (_request, response) => response.send("done"));
  const server = http.createServer(app).listen(0, "127.0.0.1");
  void once(server, "listening").then(() => process.send?.((server.address() as AddressInfo).port));
});
