import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from "@azure/msal-node";
import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import { Agent, fetch } from "undici";

/** Lets MSAL trust a local Azure in this process, which was not started with its root certificate. */
export function msalNetwork({ caCertificate }: LocalAzure): INetworkModule {
  const dispatcher = new Agent({ connect: { ca: caCertificate }, keepAliveTimeout: 1 });
  const send = async <T>(method: string, url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> => {
    const response = await fetch(url, { method, dispatcher, headers: options?.headers, body: options?.body });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: (await response.json()) as T,
    };
  };
  return {
    sendGetRequestAsync: (url, options) => send("GET", url, options),
    sendPostRequestAsync: (url, options) => send("POST", url, options),
  };
}
