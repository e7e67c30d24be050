import { Directory } from "../access/directory";
import { ofType } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const outsideApplication: Rule = {
  id: "outside-application",
  severity: "medium",
  rationale:
    "The service principal admits an application that somebody else registered, and the stack does not control its secrets.",
  remedy:
    "Create service principals only for this stack's applications, and look up others with `getServicePrincipal`.",
  check: ({ resources }) => {
    const directory = new Directory(resources);
    return (
      ofType(resources, "azuread:ServicePrincipal")
        // With `useExisting` it is only looked up. Microsoft's own service principals exist in every tenant.
        .filter(({ properties }) => properties.useExisting !== true)
        .map((principal) => ({ principal, application: directory.application(principal, "clientId") }))
        .filter(({ application: { resource, unknown } }) => !resource && unknown === undefined)
        .map(({ principal, application: { name } }) => ({
          subject: ofResource(principal),
          message: `admits ${name} to the tenant, which the stack does not register`,
        }))
    );
  },
};
