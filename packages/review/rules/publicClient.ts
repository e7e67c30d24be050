import { listOf } from "../access/offeredRoles";
import { ofType } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const publicClient: Rule = {
  id: "public-client",
  severity: "medium",
  rationale:
    "A public client signs in without a secret: everybody who knows its client id can use it, if a person consents.",
  remedy: "Remove redirect addresses, implicit grants and the public client from the service's registration.",
  check: ({ resources }) =>
    [
      ...ofType(resources, "azuread:Application").filter(({ properties }) => isPublic(properties)),
      ...ofType(resources, "azuread:ApplicationRegistration").filter(({ properties }) =>
        [properties.implicitAccessTokenIssuanceEnabled, properties.implicitIdTokenIssuanceEnabled].includes(true),
      ),
      ...ofType(resources, "azuread:ApplicationFallbackPublicClient").filter(
        ({ properties }) => properties.enabled !== false,
      ),
      ...ofType(resources, "azuread:ApplicationRedirectUris"),
    ].map((resource) => ({ subject: ofResource(resource), message: "lets people sign in" })),
};

interface Part {
  readonly redirectUris?: unknown;
  readonly implicitGrant?: Readonly<Record<string, unknown>>;
}

function isPublic(properties: Readonly<Record<string, unknown>>): boolean {
  const parts = [properties.web, properties.publicClient, properties.singlePageApplication].map(
    (part) => (part ?? {}) as Part,
  );
  return (
    (properties.fallbackPublicClientEnabled ?? false) !== false ||
    parts.some(
      ({ redirectUris, implicitGrant = {} }) =>
        listOf(redirectUris).length > 0 || Object.values(implicitGrant).some((granted) => granted === true),
    )
  );
}
