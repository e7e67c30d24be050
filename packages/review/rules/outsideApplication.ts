import { Directory } from "../access/directory";
import { ofType } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const outsideApplication: Rule = {
  id: "outside-application",
  severity: "medium",
  rationale:
    "A service principal lets an application into the tenant that somebody else has registered, with secrets that nobody here knows.",
  remedy: "Create the service principals of this stack's applications only; look others up with `getServicePrincipal`.",
  check: ({ resources }) => {
    const directory = new Directory(resources);
    return (
      ofType(resources, "azuread:ServicePrincipal")
        // One that exists is looked up; Microsoft's own exist in every tenant.
        .filter(({ properties }) => properties.useExisting !== true)
        .map((principal) => ({ principal, application: directory.application(principal, "clientId") }))
        .filter(({ application: { resource, unknown } }) => !resource && unknown === undefined)
        .map(({ principal, application: { name } }) => ({
          subject: ofResource(principal),
          message: `lets ${name} into the tenant, which the stack does not register`,
        }))
    );
  },
};
