import { normalizedId } from "@microservice-identities/well-known/ids";
import { Directory } from "../access/directory";
import { listOf } from "../access/offeredRoles";
import { isKnown } from "../references";
import { ofType } from "../resourceType";
import type { Breach, Rule } from "../rule";
import { ofName } from "../subject";

export const requestedScope: Rule = {
  id: "requested-scope",
  severity: "medium",
  rationale:
    "A requested delegated scope needs only one consent. Then the application acts as the people who sign in, including administrators.",
  remedy: "Remove the scope, or let the service call the API with an app role.",
  check: ({ resources }) => {
    const directory = new Directory(resources);
    const breachesOf = (
      caller: string,
      api: ReturnType<Directory["application"]>,
      scopes: readonly unknown[],
    ): Breach[] =>
      // The stack's own APIs are reported where they offer the scope.
      api.resource
        ? []
        : scopes
            .map((id) => (isKnown(id) ? normalizedId(id) : "that is not known"))
            .filter((id) => !signIn.has(id))
            .map((id) => ({
              subject: ofName(`${caller} → ${api.name} ${id}`),
              message: "is a delegated scope that the registration requests",
            }));
    return [
      ...ofType(resources, "azuread:ApplicationApiAccess").flatMap((access) =>
        breachesOf(
          directory.service(access).name,
          directory.application(access, "apiClientId"),
          scopesOf(access.properties.scopeIds),
        ),
      ),
      ...directory.applications.flatMap((application) =>
        listOf(application.properties.requiredResourceAccesses).flatMap((required) => {
          const { resourceAppId, resourceAccesses } = (required ?? {}) as Record<string, unknown>;
          const scopes = listOf(resourceAccesses).flatMap((each) => {
            const { type, id } = (each ?? {}) as Record<string, unknown>;
            return type === "Scope" ? [id] : [];
          });
          const api = directory.application(application, "requiredResourceAccesses", resourceAppId);
          return breachesOf(directory.nameOf(application), api, scopes);
        }),
      ),
    ];
  },
};

/** A list that is not known as a whole counts as one unknown scope. */
const scopesOf = (value: unknown): readonly unknown[] =>
  value === undefined || value === null || Array.isArray(value) ? listOf(value) : [value];

/**
 * Scopes of Microsoft Graph for the sign-in itself: User.Read, openid, profile, email and offline_access.
 * https://learn.microsoft.com/graph/permissions-reference
 */
const signIn: ReadonlySet<string> = new Set([
  "e1fe6dd8-ba31-4d61-89e7-88639da4683d",
  "37f7f235-527c-4136-accd-4a02d197296e",
  "14dad69e-099b-42c9-810b-d002981feec1",
  "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0",
  "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",
]);
