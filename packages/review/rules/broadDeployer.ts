import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import type { Rule } from "../rule";

const broadRoles: Readonly<Record<string, string>> = Object.fromEntries(
  [
    azureRoles.owner,
    azureRoles.userAccessAdministrator,
    azureRoles.roleBasedAccessControlAdministrator,
    azureRoles.contributor,
  ].map(({ id, name }) => [id, name]),
);

export const broadDeployer: Rule = {
  id: "broad-deployer",
  severity: "high",
  rationale: "An identity that may change everything, or give rights away, makes every other limit a matter of trust.",
  remedy: "Give a role that names what is done, on the resource that it is done to.",
  references: ["PSRule AZR-000204"],
  check: ({ resources }) =>
    resources
      .filter(({ type }) => type.endsWith(":RoleAssignment"))
      .flatMap(({ urn, properties }) => {
        const role = broadRoles[`${properties.roleDefinitionId}`.split("/").at(-1) ?? ""];
        return role ? [{ subject: nameOf(urn), message: `gives ${role} on ${properties.scope}` }] : [];
      }),
};
