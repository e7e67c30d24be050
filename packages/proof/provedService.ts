import { ManagedIdentityCredential } from "@azure/identity";
import type { DirectoryService } from "./directory";
import type { ProofOptions } from "./proofOptions";
import type { ProvedApi, ProvedApiModule } from "./provedApi";
import { retryingFetch } from "./retrying";

/** A service as the proof plays it. */
export interface ProvedService {
  readonly name: string;
  readonly entry: DirectoryService;
  /** Where its secret is, if it has one. */
  readonly secret: SecretLocation | undefined;
  readonly identity: ManagedIdentityCredential;
  readonly api: ProvedApi;
}

/** Where a service's secret is. */
export interface SecretLocation {
  readonly vaultUri: string;
  readonly secretName: string;
}

/**
 * Plays every service of the directory: each with its managed identity, and with an API of its own.
 *
 * @param services where those go that have been started, also when a later one fails
 */
export async function startServices(
  { apiModule, directory, tenantId, authority, certificate }: ProofOptions,
  services: ProvedService[],
): Promise<void> {
  const { startProvedApi } = require(apiModule) as ProvedApiModule;
  for (const [name, entry] of Object.entries(directory))
    services.push({
      name,
      entry,
      secret: secretOf(entry),
      identity: new ManagedIdentityCredential({ clientId: entry.identityClientId }),
      api: await startProvedApi({
        // Of several stacks, `shop/inventory`: the service is the last part.
        name: name.split("/").at(-1) ?? name,
        clientId: entry.clientId,
        roles: Object.keys(entry.roleIds),
        tenantId,
        authority,
        certificate,
        fetch: retryingFetch,
      }),
    });
}

const secretOf = ({ vaultUri, credential }: DirectoryService): SecretLocation | undefined =>
  vaultUri === undefined || credential.kind === "federated"
    ? undefined
    : { vaultUri, secretName: credential.secretName };
