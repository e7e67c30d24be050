import {
  type LocalAzure,
  type LocalAzureOptions,
  startLocalAzure,
} from "@microservice-identities/local-azure/localAzure";
import { Agent, fetch, type Response } from "undici";

type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Response["headers"];
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any answer
  readonly body: any;
}

/** A local Azure, and plain HTTP requests to it, so that tests assert what is on the wire. */
export interface TestAzure {
  readonly azure: LocalAzure;
  send(
    method: string,
    address: string,
    options?: { token?: string; json?: unknown; form?: Record<string, string>; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** The token endpoint's answer to a request of the deployer or of another client. */
  askForToken(form: Record<string, string>, tenant?: string): Promise<Answer>;
  /** The deployer's token for an audience: `graph`, `arm` or any scope without `/.default`. */
  deployerToken(audience: "graph" | "arm" | (string & {})): Promise<string>;
  graph(method: string, path: string, json?: Json, token?: string): Promise<Answer>;
  arm(method: string, path: string, apiVersion: string, json?: Json, token?: string): Promise<Answer>;
  close(): Promise<void>;
}

export async function startTestAzure(options: LocalAzureOptions = {}): Promise<TestAzure> {
  const azure = await startLocalAzure(options);
  const dispatcher = new Agent({ connect: { ca: azure.caCertificate } });
  const send: TestAzure["send"] = async (method, address, { token, json, form, headers } = {}) => {
    const response = await fetch(address, {
      method,
      dispatcher,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: form ? new URLSearchParams(form) : json === undefined ? undefined : JSON.stringify(json),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
  };
  const askForToken: TestAzure["askForToken"] = (form, tenant = azure.tenantId) =>
    send("POST", `${azure.authority}/${tenant}/oauth2/v2.0/token`, { form });
  const deployerToken: TestAzure["deployerToken"] = async (audience) => {
    const named: Record<string, string> = {
      graph: `${azure.authority}/graph`,
      arm: "https://management.core.windows.net/",
    };
    const { ARM_CLIENT_ID, ARM_CLIENT_SECRET } = azure.deployer;
    const { status, body } = await askForToken({
      grant_type: "client_credentials",
      client_id: ARM_CLIENT_ID,
      client_secret: ARM_CLIENT_SECRET,
      scope: `${named[audience] ?? audience}/.default`,
    });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body.access_token;
  };
  return {
    azure,
    send,
    askForToken,
    deployerToken,
    graph: async (method, path, json, token) =>
      send(method, `${azure.authority}/graph${path}`, { json, token: token ?? (await deployerToken("graph")) }),
    arm: async (method, path, apiVersion, json, token) =>
      send(method, `${azure.authority}/subscriptions/${azure.subscriptionId}${path}?api-version=${apiVersion}`, {
        json,
        token: token ?? (await deployerToken("arm")),
      }),
    async close() {
      await dispatcher.close();
      await azure.close();
    },
  };
}

export const claimsOf = (token: string): Json =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
