import type { Assumption } from "../assumption";
import { durations } from "../durations";
import { appRole, service } from "../fixtures";

export const roleOnPrincipal: Assumption = {
  id: "C-14",
  sentence: "A role that is added to an application appears on its service principal within 2 s.",
  reliesOn: "`replication.roleOnPrincipalSeconds` of the preset entra-2026 (docs/faults.md)",
  how: "Adds a role and reads the service principal until it has the role three times in a row.",
  examine: (lab) =>
    durations(lab, 2, async () => {
      const { id, principalId } = await service(lab, "roles");
      const role = appRole("Things.Read");
      const change = await lab.graphRequest("PATCH", `/applications/${id}`, { appRoles: [role] });
      await lab.until(change, ({ status }) => status === 204);
      const read = await lab.graphRequest("GET", `/servicePrincipals/${principalId}?$select=id,appRoles`);
      return lab.until(read, ({ body }) => idsIn(body.appRoles).includes(role.id), 3);
    }),
};

const idsIn = (roles: unknown): string[] => (Array.isArray(roles) ? roles.map(({ id }: { id: string }) => id) : []);
