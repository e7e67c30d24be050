import { Caller } from "@microservice-identities/runtime/caller";
import type { ServiceConfiguration } from "@microservice-identities/runtime/configuration";
import { Guard } from "@microservice-identities/runtime/guard";
import { EnvHttpProxyAgent, fetch as fetchBy } from "undici";

/** Sends all requests (to Entra, to the APIs, and for the signing keys) through the proxy, as `HTTPS_PROXY` and `NO_PROXY` demand. */
export function throughProxy(configuration: ServiceConfiguration) {
  const dispatcher = new EnvHttpProxyAgent();
  const send = ((input: string | URL, init: object) =>
    fetchBy(input, { ...init, dispatcher })) as unknown as typeof fetch;
  const { tenantId, clientId, cloud, authority } = configuration;
  return {
    caller: new Caller(configuration, { fetch: send }),
    guard: new Guard({ tenantId, clientId, cloud, authority, fetch: send }),
    close: () => dispatcher.close(),
  };
}
