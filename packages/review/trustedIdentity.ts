import { clouds } from "@microservice-identities/well-known/clouds";
import type { AccessModel } from "./accessModel";

/**
 * The managed identity of the stack that a federated credential trusts, if its tokens are Entra's. Another issuer could use any
 * subject.
 *
 * @param trusts as in `ServiceCredential.trusts`
 */
export function trustedIdentity(
  trusts: string,
  { identities, settings }: Pick<AccessModel, "identities" | "settings">,
): string | undefined {
  const authorities = Object.entries(settings).flatMap(([key, value]) => (key.endsWith(":authority") ? [value] : []));
  const isEntras = [...entraAuthorities, ...authorities].some((authority) => trusts.startsWith(`${authority}/`));
  return isEntras ? identities.find((identity) => trusts.endsWith(`: ${identity}`)) : undefined;
}

/** https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud */
export const entraAuthorities: readonly string[] = Object.values(clouds).map(({ authority }) => authority);
