import { ClientAssertionCredential, ManagedIdentityCredential, type TokenCredential } from "@azure/identity";
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
  /** What it reads vaults as: its managed identity, or in Kubernetes what trusts its service account. */
  readonly identity: TokenCredential;
  /** In Kubernetes: the token of its service account. */
  readonly serviceToken: string | undefined;
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
  { apiModule, directory, tenantId, authority, certificate, serviceTokens = {} }: ProofOptions,
  services: ProvedService[],
): Promise<void> {
  const { startProvedApi } = require(apiModule) as ProvedApiModule;
  for (const [name, entry] of Object.entries(directory))
    services.push({
      name,
      entry,
      secret: secretOf(entry),
      identity: identityOf(entry, serviceTokens[name], { tenantId, authority }),
      serviceToken: serviceTokens[name],
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

/** What a service reads vaults as. @param serviceToken in Kubernetes: the token of its service account */
export function identityOf(
  { identityClientId, clientId, workload }: DirectoryService,
  serviceToken: string | undefined,
  { tenantId, authority }: Pick<ProofOptions, "tenantId" | "authority">,
): TokenCredential {
  if (!workload) return new ManagedIdentityCredential({ clientId: identityClientId });
  const assertion = async () => {
    if (serviceToken !== undefined) return serviceToken;
    throw new Error("the proof was not given the token of its service account");
  };
  // A registration that trusts the account itself can ask for a token for vaults too, which must then refuse it.
  return new ClientAssertionCredential(tenantId, identityClientId ?? clientId, assertion, {
    authorityHost: authority,
    disableInstanceDiscovery: true,
  });
}

const secretOf = ({ vaultUri, credential }: DirectoryService): SecretLocation | undefined =>
  vaultUri === undefined || credential.kind === "federated"
    ? undefined
    : { vaultUri, secretName: credential.secretName };
