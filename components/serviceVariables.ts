import { didYouMean } from "../packages/validation/similarName";
import { ArgumentError } from "../packages/validation/userError";
import { type CloudName, cloudOf, publicCloud } from "../packages/well-known/clouds";
import type { DirectoryEntry } from "./directory";

/** The outputs of a stack from which the variables of its services are derived. */
export interface ServiceDirectory {
  /** The Entra tenant: a GUID. */
  readonly tenantId: string;
  /** The cloud of the tenant. Default: the authority's; without one, `public`. */
  readonly cloud?: CloudName;
  /** The authority that issues tokens. Default: the cloud's. For the public cloud's, the variable is not set. */
  readonly authority?: string;
  /** All services of the stack by name. */
  readonly directory: Readonly<Record<string, DirectoryService>>;
}

/** The properties of a service that its variables contain. */
export type DirectoryService = Pick<DirectoryEntry, "clientId" | "scope" | "credential" | "calls"> &
  Partial<Pick<DirectoryEntry, "vaultUri" | "callsOutside" | "identityClientId">>;

/** The entry of a service. @throws ArgumentError that names the services that the stack has */
export function entryOf<T extends DirectoryService>(directory: Readonly<Record<string, T>>, service: string): T {
  const entry = Object.hasOwn(directory, service) ? directory[service] : undefined;
  if (entry) return entry;
  const services = Object.keys(directory);
  const meant = didYouMean(service, services);
  throw new ArgumentError("the service", service, `${services.join(", ")}${meant && `.${meant}`}`);
}

/**
 * The environment variables that a service runs with, by name: `configurationFrom` of `@microservice-identities/runtime` reads
 * them back, and the Azure SDKs read those that begin with `AZURE_`. None of them is a secret. `docs/workloads.md` lists them.
 *
 * @throws ArgumentError if the stack has no such service
 */
export function serviceVariables(stack: ServiceDirectory, service: string): Record<string, string> {
  const { tenantId, directory } = stack;
  const cloud = cloudOf(stack);
  const authority = stack.authority ?? (cloud === publicCloud ? undefined : cloud.authority);
  const { clientId, identityClientId, vaultUri, credential, calls, callsOutside = {} } = entryOf(directory, service);
  const scopes = Object.fromEntries([
    ...Object.keys(calls).map((api) => [api, entryOf(directory, api).scope]),
    ...Object.entries(callsOutside).map(([api, { scope }]) => [api, scope]),
  ]);
  return {
    AZURE_TENANT_ID: tenantId,
    // A pod whose registration trusts its service account has no managed identity: it signs in as the registration.
    AZURE_CLIENT_ID: identityClientId ?? clientId,
    ...(authority === undefined ? {} : { AZURE_AUTHORITY_HOST: authority }),
    ...(cloud === publicCloud ? {} : { SERVICE_CLOUD: cloud.name }),
    SERVICE_CLIENT_ID: clientId,
    SERVICE_CREDENTIAL: credential.kind,
    ...(vaultUri === undefined ? {} : { SERVICE_VAULT_URI: vaultUri }),
    ...(credential.kind === "federated" ? {} : { SERVICE_SECRET_NAME: credential.secretName }),
    ...(credential.kind === "certificate" ? { SERVICE_CERTIFICATE_THUMBPRINT: credential.thumbprint } : {}),
    SERVICE_APIS: JSON.stringify(scopes),
  };
}

/** The annotations of a service account, from the variables of the service that its pods run as. */
export const accountAnnotations = (variables: Readonly<Record<string, string>>): Record<string, string> => ({
  "azure.workload.identity/client-id": variables.AZURE_CLIENT_ID ?? "",
  "azure.workload.identity/tenant-id": variables.AZURE_TENANT_ID ?? "",
});
