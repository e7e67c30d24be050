import https from "node:https";
import { text } from "node:stream/consumers";
import * as pulumi from "@pulumi/pulumi";
import { type CloudName, cloudOf } from "../packages/well-known/clouds";

/** The registration that signs in, and its tenant. */
export interface SignInIdentity {
  /** The application (client) id of the registration that has the secret. */
  readonly clientId: string;
  /** The Entra tenant: a GUID. */
  readonly tenantId: string;
  /** The authority that issues the tenant's tokens. Default: the one that the Pulumi providers use. */
  readonly authority?: string | undefined;
  /** The cloud of the tenant. Default: the authority's; without one, `public`. */
  readonly cloud?: CloudName | undefined;
}

/**
 * The result of one attempt: Entra issued a token; or Entra refused with a code that may be temporary; or the attempt shows nothing,
 * because this machine is not allowed to sign in as the service or cannot reach Entra.
 */
export type SignIn =
  | { readonly kind: "accepted" }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "impossible"; readonly reason: string };

/**
 * Requests one token with a client secret, and discards it. It is a token for Key Vault, where the registration has no rights.
 *
 * Each attempt opens its own connection, so that it can reach another replica of Entra.
 */
export async function signInWithSecret(identity: SignInIdentity, secret: string): Promise<SignIn> {
  try {
    const authority = identity.authority ?? (await providersAuthority()) ?? cloudOf(identity).authority;
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: identity.clientId,
      client_secret: secret,
      scope: `${cloudOf(identity).keyVault}/.default`,
    });
    const { status, body } = await send(
      "POST",
      `${authority.replace(/\/$/, "")}/${identity.tenantId}/oauth2/v2.0/token`,
      `${form}`,
    );
    if (status === 200) return { kind: "accepted" };
    const code = /AADSTS\d+/.exec(`${body.error_description}`)?.[0] ?? `HTTP ${status}`;
    if (temporary.includes(code) || status === 429 || status >= 500) return { kind: "refused", code };
    return { kind: "impossible", reason: `Entra answers ${code}` };
  } catch (error) {
    // The message names the host, and never the request.
    return { kind: "impossible", reason: (error as Error).message };
  }
}

/** The errors of a replica of Entra that does not know the secret, the application or the service principal yet. */
const temporary = ["AADSTS7000215", "AADSTS700016", "AADSTS7000229"];

/** The authority that the metadata host names, if one is set for the providers: see `ARM_METADATA_HOSTNAME` of the azuread provider. */
async function providersAuthority(): Promise<string | undefined> {
  const host = new pulumi.Config("azuread").get("metadataHost") ?? process.env.ARM_METADATA_HOSTNAME;
  if (!host) return undefined;
  const { body } = await send("GET", `https://${host}/metadata/endpoints?api-version=2022-09-01`);
  const { loginEndpoint } = (body.authentication ?? {}) as { loginEndpoint?: string };
  if (typeof loginEndpoint !== "string") throw new Error(`https://${host} does not describe a cloud`);
  return loginEndpoint;
}

const longestAnswer = 10_000;

async function send(
  method: "GET" | "POST",
  address: string,
  form?: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = {
    connection: "close",
    ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
  };
  return new Promise((resolve, reject) => {
    const request = https.request(
      address,
      { method, headers, signal: AbortSignal.timeout(longestAnswer) },
      (response) => {
        text(response)
          .then((body) => resolve({ status: response.statusCode ?? 0, body: jsonIn(body) }))
          .catch(reject);
      },
    );
    request.on("error", ({ name, message }) =>
      reject(
        new Error(
          `${new URL(address).host} cannot be reached: ${name === "TimeoutError" || name === "AbortError" ? `no answer within ${longestAnswer / 1000} s` : message}`,
        ),
      ),
    );
    request.end(form);
  });
}

function jsonIn(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    // For example a proxy's error page. The caller needs only the status.
    return {};
  }
}
