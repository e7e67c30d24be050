import type { TokenCredential } from "@azure/identity";
import type { Cloud } from "@microservice-identities/well-known/clouds";
import { within } from "./within";

/**
 * Why an identity gets no token for vaults on this host, in one line; `undefined` if it gets one.
 *
 * @param cloud the cloud of the vaults
 * @param silence the reason for an identity that does not answer
 */
export const tokenRefusal = (
  identity: TokenCredential,
  { keyVault }: Pick<Cloud, "keyVault">,
  silence: string,
): Promise<string | undefined> =>
  within<string | undefined>(
    identity.getToken(`${keyVault}/.default`).then(
      () => undefined,
      (error: Error) => error.message.split("\n")[0] ?? "",
    ),
    silence,
  );
