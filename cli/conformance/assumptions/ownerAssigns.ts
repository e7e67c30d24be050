import { type Assumption, verdict } from "../assumption";
import { api, assignmentPath, client, registrar } from "../fixtures";
import { errorOf } from "../lab";

export const ownerAssigns: Assumption = {
  id: "C-02",
  sentence: "An owner of an API's service principal with only Application.ReadWrite.OwnedBy cannot assign its roles.",
  reliesOn:
    "separate consent (docs/environments.md); `ownersAssignRoles` of the local Azure. Disputed: microsoft-graph-docs 21760 and 10462",
  how: "An identity with this permission alone creates an API and tries to assign its role to a client of another owner.",
  async examine(lab) {
    const owner = await registrar(lab);
    const [called, caller] = [await api(lab, owner), await client(lab)];
    const body = { resourceId: called.principalId, principalId: caller.principalId, appRoleId: called.roleId };
    const path = assignmentPath(called.principalId);
    // Entra refuses a role that has not replicated yet with 400 or 404.
    const asked = await lab.graphRequest("POST", path, body, owner);
    const { answer } = await lab.until(asked, ({ status }) => status === 201 || status === 403);
    if (answer.status !== 201 && answer.status !== 403) return { result: "inconclusive", evidence: errorOf(answer) };
    return verdict(answer.status === 403, answer.status === 201 ? "201: the role was assigned" : errorOf(answer));
  },
};
