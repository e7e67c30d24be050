import { ConfidentialClientApplication, type NodeAuthOptions } from "@azure/msal-node";
import { cloudOf } from "@microservice-identities/well-known/clouds";
import type { ProofOptions } from "./proofOptions";
import type { ProvedService } from "./provedService";

/** Creates a client that requests a service's tokens. It is new for each request, because MSAL answers from memory for a minute after a refusal. */
export type TokenClients = () => ConfidentialClientApplication;

/**
 * The clients of a service; `undefined` if it could not read its credential.
 *
 * @param secret from its vault
 */
export function tokenClientsOf(
  service: ProvedService,
  secret: string | undefined,
  { cloud, authority, tenantId }: Pick<ProofOptions, "cloud" | "authority" | "tenantId">,
): TokenClients | undefined {
  const credential = credentialOf(service, secret, cloudOf({ cloud, authority }).tokenExchange);
  if (!credential) return undefined;
  const auth = {
    clientId: service.entry.clientId,
    ...credential,
    authority: `${authority}/${tenantId}`,
    knownAuthorities: [new URL(authority).host],
  };
  return () => new ConfidentialClientApplication({ auth });
}

type MsalCredential = Pick<NodeAuthOptions, "clientSecret" | "clientCertificate" | "clientAssertion">;

function credentialOf(
  { entry: { credential, workload }, identity, serviceToken }: ProvedService,
  secret: string | undefined,
  tokenExchange: string,
): MsalCredential | undefined {
  if (credential.kind === "federated") {
    if (workload) return serviceToken === undefined ? undefined : { clientAssertion: serviceToken };
    // The managed identity's own token is the client assertion.
    const clientAssertion = async () => (await identity.getToken(`${tokenExchange}/.default`))?.token ?? "";
    return { clientAssertion };
  }
  if (secret === undefined) return undefined;
  if (credential.kind === "secret") return { clientSecret: secret };
  return { clientCertificate: { thumbprintSha256: credential.thumbprint, privateKey: secret } };
}
