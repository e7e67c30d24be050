import { ClientAssertionCredential, ManagedIdentityCredential, type TokenCredential } from "@azure/identity";
import type { DirectoryService } from "./directory";
import type { ProofOptions } from "./proofOptions";
import type { ProvedApi, ProvedApiModule } from "./provedApi";
import { retryingFetch } from "./retrying";

/** A service that the proof simulates. */
export interface ProvedService {
  readonly name: string;
  readonly entry: DirectoryService;
  /** The place of its secret, if it has one. */
  readonly secret: SecretLocation | undefined;
  /** The identity that reads vaults: its managed identity, or in Kubernetes the one that trusts its service account. */
  readonly identity: TokenCredential;
  /** In Kubernetes: the token of its service account. */
  readonly serviceToken: string | undefined;
  readonly api: ProvedApi;
}

/** The place of a service's secret. */
export interface SecretLocation {
  readonly vaultUri: string;
  readonly secretName: string;
}

/**
 * Starts every service of the directory, each with its managed identity and its own API.
 *
 * @param services receives the started services, even if a later one fails
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

/** The identity with which a service reads vaults. @param serviceToken in Kubernetes: the token of its service account */
export function identityOf(
  { identityClientId, clientId, workload }: DirectoryService,
  serviceToken: string | undefined,
  { tenantId, authority }: Pick<ProofOptions, "tenantId" | "authority">,
): TokenCredential {
  if (!workload) return new ManagedIdentityCredential({ clientId: identityClientId });
  const assertion = async () => {
    if (serviceToken !== undefined) return serviceToken;
    throw new Error("the token of its service account is missing: pass it with --service-tokens");
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
