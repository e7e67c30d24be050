import { markTag } from "../../components/markTag";
import { judged, type Outcome, outcome } from "./outcome";
import type { Json, Survey } from "./survey";

/** https://learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions */
const most = 250;

/**
 * A principal without a directory role may create 250 objects. A deleted object counts until it can no longer be restored.
 * Graph does not show who created a deleted object, so all deleted objects with the mark of a stack count.
 */
export async function checkCreatorQuota(survey: Survey): Promise<Outcome> {
  const { tenant, creator } = survey;
  const created = [...survey.wanted("Application"), ...survey.wanted("ServicePrincipal")].filter(
    (resource) => survey.idOf(resource) === undefined,
  ).length;
  if (created === 0)
    return outcome({ skipped: ["The quota of the registrar: the deployment creates no objects that count."] });
  return judged(
    { what: `how many directory objects ${creator} has created`, needs: "Application.Read.All in Microsoft Graph" },
    async () => {
      const owned = await tenant.list(`servicePrincipals/${creator}/ownedObjects`);
      const applications = await tenant.list("directory/deletedItems/microsoft.graph.application");
      const principals = await tenant.list("directory/deletedItems/microsoft.graph.servicePrincipal");
      const marked = applications.filter(isMarked);
      const clientIds = new Set(marked.map(({ appId }) => appId));
      return {
        owned: owned.length,
        deleted: marked.length + principals.filter(({ appId }) => clientIds.has(appId)).length,
      };
    },
    ({ owned, deleted }) => {
      if (owned + deleted + created <= most) return outcome();
      return unlessDirectoryRole(survey, { owned, deleted, created });
    },
  );
}

const isMarked = ({ tags }: Json): boolean =>
  Array.isArray(tags) && tags.some((tag) => `${tag}`.startsWith(`${markTag}:`));

interface Counts {
  readonly owned: number;
  readonly deleted: number;
  readonly created: number;
}

async function unlessDirectoryRole({ tenant, creator }: Survey, { owned, deleted, created }: Counts): Promise<Outcome> {
  const finding = {
    place: `the principal that creates the registrations, ${creator}`,
    value: `${owned + deleted + created} directory objects: ${owned} owned, ${deleted} deleted and not yet purged, ${created} to be created`,
    limit: `${most} objects for a principal without a directory role`,
    consequence: "Entra refuses a registration with 403 Directory_QuotaExceeded; the services before it are created.",
    remedy:
      deleted > 0
        ? "Purge the deleted objects (npm run purge), or give the principal a custom directory role that may create applications and service principals."
        : "Give the principal a custom directory role that may create applications and service principals, or use one principal per landscape.",
  };
  const roles = await judged(
    {
      what: `whether ${creator} holds a directory role, which lifts the quota`,
      needs: "RoleManagement.Read.Directory in Microsoft Graph",
    },
    () =>
      tenant.list(
        `roleManagement/directory/roleAssignments?$filter=${encodeURIComponent(`principalId eq '${creator}'`)}`,
      ),
    (held) =>
      held.length === 0
        ? outcome()
        : outcome({ skipped: ["The quota of the registrar: it holds a directory role, which lifts the limit."] }),
  );
  return roles.skipped.length > 0 ? roles : outcome({ findings: [finding], unchecked: roles.unchecked });
}
