import { type Check, deployWithRefresh } from "./examination";
import { principalOf } from "./registration";

type Json = Record<string, unknown>;

/** Whether each declared call is granted and its API exists. */
export const grants: Check = {
  what: "the grants",
  needs: "Application.Read.All in Microsoft Graph",
  async examine(patient, tenant) {
    const { service, entry, directory } = patient;
    const principal = await principalOf(tenant, entry.clientId);
    const held = await tenant.list(`servicePrincipals/${principal?.id}/appRoleAssignments`);
    const inside = Object.entries(entry.calls).map(([api, roles]) => ({
      api,
      clientId: directory[api]?.clientId ?? "",
      roles,
    }));
    const outside = Object.entries(entry.callsOutside).map(([api, { scope, roles }]) => ({
      api,
      clientId: scope.replace(/^api:\/\//, "").replace(/\/\.default$/, ""),
      roles,
    }));
    for (const { api, clientId, roles } of [...inside, ...outside]) {
      const resource = await principalOf(tenant, clientId);
      if (!resource)
        return {
          wrong: `${service} calls ${api}, which has no service principal in the tenant (AADSTS500011)`,
          mend: [`npm run doctor -- --stack ${patient.stack} --service ${api}`],
        };
      const missing = roles.find((role) => !isHeld(held, resource, role));
      if (missing !== undefined)
        return {
          wrong: `${service} does not hold ${missing} of ${api} (AADSTS501051, or 403 from ${api})`,
          mend: [
            deployWithRefresh(patient),
            `An earlier token lacks the role for up to 90 minutes: restart ${service}, or wait.`,
          ],
        };
    }
    return undefined;
  },
};

function isHeld(held: readonly Json[], resource: Json, role: string): boolean {
  const offered = (resource.appRoles ?? []) as readonly { id: string; value: string | null }[];
  const id = offered.find(({ value }) => value === role)?.id;
  return held.some(({ resourceId, appRoleId }) => resourceId === resource.id && appRoleId === id);
}
