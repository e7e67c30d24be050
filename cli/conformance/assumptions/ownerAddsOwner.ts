import { type Assumption, verdict } from "../assumption";
import { registrar, registration } from "../fixtures";
import { errorOf } from "../lab";

export const ownerAddsOwner: Assumption = {
  id: "C-03",
  sentence: "An owner with only Application.ReadWrite.OwnedBy cannot add another owner to an application.",
  reliesOn: "packages/local-azure/graph/permissions.ts (`addOwner`)",
  how: "An identity with this permission alone creates an application and tries to add the deployer as an owner.",
  async examine(lab) {
    const owner = await registrar(lab);
    const { id } = await registration(lab, "owned", {}, owner);
    const reference = { "@odata.id": `${lab.graphAudience}/v1.0/directoryObjects/${lab.tenancy.deployer.objectId}` };
    const asked = await lab.graphRequest("POST", `/applications/${id}/owners/$ref`, reference, owner);
    const { answer } = await lab.until(asked, ({ status }) => status !== 404);
    if (answer.status === 404) return { result: "inconclusive", evidence: errorOf(answer) };
    return verdict(
      answer.status === 403,
      answer.status < 300 ? `${answer.status}: the owner was added` : errorOf(answer),
    );
  },
};
