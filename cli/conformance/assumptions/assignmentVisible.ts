import type { Assumption } from "../assumption";
import { durations } from "../durations";
import { api, assignmentPath, grant, service } from "../fixtures";
import { text } from "../lab";
import { idsOf } from "./tagFilter";

export const assignmentVisible: Assumption = {
  id: "C-07",
  sentence: "A new app role assignment is in the list of its API within 2 s.",
  reliesOn: "`replication.appRoleAssignmentSeconds` of the preset entra-2026 (docs/faults.md)",
  how: "Lists the assignments until the list contains it three times in a row.",
  async examine(lab) {
    const called = await api(lab);
    return durations(lab, 2, async () => {
      const { principalId } = await service(lab, "holder");
      const id = text(await grant(lab, called.principalId, principalId, called.roleId), "id");
      const list = await lab.graphRequest("GET", assignmentPath(called.principalId));
      return lab.until(list, (answer) => idsOf(answer).includes(id), 3);
    });
  },
};
