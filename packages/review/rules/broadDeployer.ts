import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { Rule } from "../rule";

const broadRoles: Record<string, string> = {
  "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
  "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
  "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
  "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
};

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
