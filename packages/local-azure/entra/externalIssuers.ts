import { randomUUID } from "node:crypto";
import https from "node:https";
import { text } from "node:stream/consumers";
import { serviceAccountSubject } from "@microservice-identities/well-known/serviceAccount";
import { createLocalJWKSet, exportJWK, generateKeyPair, type JSONWebKeySet, type JWTVerifyGetKey, SignJWT } from "jose";
import { z } from "zod";
import { refuse } from "./entraError";

/** The issuer of a cluster's tokens, which the local Azure simulates. */
export interface ClusterIssuer {
  /** The issuer in federated identity credentials. */
  readonly issuer: string;
  /** The token that a pod of a service account finds in `AZURE_FEDERATED_TOKEN_FILE`. @param changes changes of its claims. Default: none; it is valid for an hour */
  token(namespace: string, serviceAccount: string, changes?: Readonly<Record<string, unknown>>): Promise<string>;
}

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/**
 * The issuers outside the tenant that federated identity credentials can name. Entra fetches the keys of each from its discovery
 * document; the local Azure does so only on loopback, and has the keys of the issuers that it simulates.
 */
export class ExternalIssuers {
  private readonly simulated = new Map<string, Promise<SimulatedIssuer>>();

  constructor(
    private readonly caCertificate: string,
    private readonly now: () => Date,
    /** The audience of a cluster's tokens for this cloud. */
    private readonly tokenExchange: string,
  ) {}

  /** Simulates the issuer of a cluster, with generated keys. */
  async simulate(issuer: string): Promise<ClusterIssuer> {
    const simulating = this.simulated.get(issuer) ?? simulatedIssuer(issuer, this.now, this.tokenExchange);
    this.simulated.set(issuer, simulating);
    const { token } = await simulating;
    return { issuer, token };
  }

  /** @throws EntraError for an issuer whose keys cannot be fetched */
  async keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    const simulated = await this.simulated.get(issuer);
    return createLocalJWKSet(simulated?.keys ?? (await this.fetched(issuer)));
  }

  private async fetched(issuer: string): Promise<JSONWebKeySet> {
    try {
      const document = discovery.parse(
        await this.json(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`),
      );
      if (document.issuer !== issuer) throw new Error(`the discovery document is of ${document.issuer}`);
      return keySet.parse(await this.json(document.jwks_uri)) as JSONWebKeySet;
    } catch (error) {
      throw refuse.unreachableIssuer(issuer, (error as Error).message);
    }
  }

  private async json(address: string): Promise<unknown> {
    const { protocol, hostname } = new URL(address);
    if (protocol !== "https:" || hostname !== "localhost")
      throw new Error("the local Azure asks only issuers on this machine");
    const body = await new Promise<string>((resolve, reject) => {
      const request = https.get(address, { ca: this.caCertificate, signal: AbortSignal.timeout(5_000) }, (response) => {
        if (response.statusCode === 200) text(response).then(resolve, reject);
        else {
          response.resume();
          reject(new Error(`${address} answered ${response.statusCode}`));
        }
      });
      request.on("error", reject);
    });
    return JSON.parse(body);
  }
}

interface SimulatedIssuer extends ClusterIssuer {
  readonly keys: JSONWebKeySet;
}

async function simulatedIssuer(issuer: string, now: () => Date, tokenExchange: string): Promise<SimulatedIssuer> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const kid = randomUUID();
  const token: ClusterIssuer["token"] = (namespace, serviceAccount, changes = {}) => {
    const seconds = Math.floor(now().getTime() / 1000);
    const claims = {
      iss: issuer,
      sub: serviceAccountSubject(namespace, serviceAccount),
      aud: [tokenExchange],
      iat: seconds,
      nbf: seconds,
      exp: seconds + 3600,
      ...changes,
    };
    return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid }).sign(privateKey);
  };
  return { issuer, token, keys: { keys: [{ ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" }] } };
}
