import { type Finding, judged, type Outcome, outcome, together } from "./outcome";
import type { Survey } from "./survey";

/** https://learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions */
const most = 1500;

/** How many app role assignments a service's principal holds once the stack is deployed. */
export async function checkAssignments(survey: Survey): Promise<Outcome> {
  const wanted = survey.wanted("AppRoleAssignment");
  const principals = survey.wanted("ServicePrincipal");
  return together(
    await Promise.all(
      principals.map((principal) => {
        const created = wanted.filter(
          (each) =>
            each.properties.principalObjectId === principal.properties.objectId && survey.idOf(each) === undefined,
        ).length;
        if (created === 0) return outcome();
        const name = principal.urn.split("::").at(-1);
        const id = survey.idOf(principal)?.split("/").at(-1);
        return judged(
          { what: `the app role assignments of ${name}`, needs: "Application.Read.All in Microsoft Graph" },
          async () => (id === undefined ? [] : survey.tenant.list(`servicePrincipals/${id}/appRoleAssignments`)),
          ({ length }) => outcome({ findings: findingsOf(`the service principal ${name}`, length, created) }),
        );
      }),
    ),
  );
}

function findingsOf(place: string, held: number, created: number): Finding[] {
  if (held + created <= most) return [];
  return [
    {
      place,
      value: `${held + created} app role assignments: ${held} held, ${created} to be created`,
      limit: `${most} app role assignments`,
      consequence: "Entra refuses the assignment that exceeds the limit with 403 Directory_QuotaExceeded.",
      remedy: "Remove assignments that nobody needs, or move some of the calls to other services.",
    },
  ];
}
