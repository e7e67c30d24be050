import { configurationFrom } from "@microservice-identities/runtime/configuration";
import { Guard } from "@microservice-identities/runtime/guard";

/** The guard of this service's API. One is enough for a process: it keeps the tenant's signing keys. */
export function guardFrom(environment: NodeJS.ProcessEnv): Guard {
  const { tenantId, clientId, cloud, authority } = configurationFrom(environment);
  return new Guard({ tenantId, clientId, cloud, authority });
}
