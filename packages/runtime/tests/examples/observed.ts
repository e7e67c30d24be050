import { Caller } from "@microservice-identities/runtime/caller";
import type { ServiceConfiguration } from "@microservice-identities/runtime/configuration";
import { Guard } from "@microservice-identities/runtime/guard";
import { openTelemetry } from "@microservice-identities/runtime/openTelemetry";

export function observed(configuration: ServiceConfiguration) {
  const telemetry = openTelemetry();
  const { tenantId, clientId, cloud, authority } = configuration;
  return {
    caller: new Caller(configuration, { telemetry }),
    guard: new Guard({ tenantId, clientId, cloud, authority, telemetry }),
  };
}
