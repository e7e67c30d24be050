import type { ServicePrincipal } from "../directoryObjects";
import { isoSeconds } from "../directoryObjects";
import type { Tenant } from "../tenant";
import type { IssuedToken } from "./accessToken";
import { EntraError } from "./entraError";

/** Signs in a known client, and logs the result. */
export async function loggedSignIn(
  tenant: Tenant,
  client: ServicePrincipal,
  resourceName: () => string | undefined,
  signIn: () => Promise<IssuedToken>,
): Promise<IssuedToken> {
  const log = (outcome: { tokenIdentifier?: string; errorCode: number; failureReason: string | null }) => {
    const resource = tenant.resourceNamed(resourceName() ?? "");
    const createdDateTime = isoSeconds(tenant.now);
    tenant.signIns.add({ createdDateTime, client, resource, tokenIdentifier: undefined, ...outcome });
  };
  try {
    const issued = await signIn();
    log({ tokenIdentifier: issued.identifier, errorCode: 0, failureReason: null });
    return issued;
  } catch (error) {
    if (error instanceof EntraError) log({ errorCode: error.code, failureReason: error.message });
    throw error;
  }
}
