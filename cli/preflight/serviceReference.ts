import { judged, type Outcome, outcome } from "./outcome";
import type { Json, Survey } from "./survey";

/**
 * A tenant may require `serviceManagementReference`. No API reports whether it does, so the registrar's existing applications show it.
 * https://github.com/Azure/azure-dev/issues/5221
 */
export async function checkServiceReference(survey: Survey): Promise<Outcome> {
  const { tenant, creator } = survey;
  const without = survey
    .wanted("Application")
    .filter((each) => survey.idOf(each) === undefined && !each.properties.serviceManagementReference);
  if (without.length === 0) return outcome();
  const what = "whether the tenant requires serviceManagementReference";
  return judged(
    { what, needs: "Application.Read.All in Microsoft Graph" },
    () => tenant.list(`servicePrincipals/${creator}/ownedObjects`),
    (owned) => {
      const applications = owned.filter(isApplication);
      if (applications.length === 0)
        return outcome({
          skipped: [
            `Not known: ${what}. No API reports it, and the registrar owns no registration that would show it.`,
          ],
        });
      if (applications.some(({ serviceManagementReference }) => !serviceManagementReference)) return outcome();
      return outcome({
        unchecked: [
          {
            what,
            needs: "an administrator's word",
            reason: `all ${applications.length} registrations of the registrar name one, and ${without.length} of the stack's do not: if it is compulsory, Entra refuses them with 400 ServiceTreeValueMissing`,
          },
        ],
      });
    },
  );
}

const isApplication = (object: Json): boolean => object["@odata.type"] === "#microsoft.graph.application";
