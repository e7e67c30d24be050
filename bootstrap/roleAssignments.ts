const assignments = "Microsoft.Authorization/roleAssignments";

/** Get without list. https://learn.microsoft.com/azure/role-based-access-control/permissions/security#microsoftkeyvault */
export const getSecret = "Microsoft.KeyVault/vaults/secrets/getSecret/action";

export const assignerActions = [`${assignments}/read`, `${assignments}/write`, `${assignments}/delete`] as const;

/**
 * The condition under which the registrar can assign and remove roles: only the given ones, only for service
 * principals, and never for an identity of the pipelines, which would then read every secret itself.
 * https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
 *
 * @param roles the GUIDs of the roles' definitions
 * @param identities the object ids of the pipelines' identities
 */
export const onlyRoles = (roles: readonly string[], identities: readonly string[]): string =>
  [limited("write", "@Request", roles, identities), "AND", limited("delete", "@Resource", roles, identities)].join(
    "\n",
  );

function limited(
  verb: "write" | "delete",
  source: "@Request" | "@Resource",
  roles: readonly string[],
  identities: readonly string[],
): string {
  const attribute = (name: string) => `${source}[${assignments}:${name}]`;
  return [
    "(",
    ` !(ActionMatches{'${assignments}/${verb}'})`,
    " OR",
    " (",
    `  ${attribute("RoleDefinitionId")} ForAnyOfAnyValues:GuidEquals {${roles.join(", ")}}`,
    "  AND",
    `  ${attribute("PrincipalType")} ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}`,
    "  AND",
    `  ${attribute("PrincipalId")} ForAnyOfAllValues:GuidNotEquals {${identities.join(", ")}}`,
    " )",
    ")",
  ].join("\n");
}
