import { type Assumption, verdict } from "../assumption";
import { reader, service } from "../fixtures";
import { errorOf } from "../lab";
import { idsOf } from "./tagFilter";

export const auditorReads: Assumption = {
  id: "C-35",
  sentence:
    "With Application.Read.All alone, an identity can read the groups that contain a service principal, and names of service principals by their ids.",
  reliesOn: "the audit as the auditor of the bootstrap (cli/audit/groupPlaces.ts, cli/audit/principals.ts)",
  how: "An identity with this permission alone reads the groups of a new service principal, and its name by its id.",
  async examine(lab) {
    const { principalId } = await service(lab, "read");
    const identity = await reader(lab, "Application.Read.All");
    const groups = await lab.graph("GET", `/servicePrincipals/${principalId}/memberOf`, undefined, identity);
    if (groups.status !== 200) return verdict(false, `memberOf: ${errorOf(groups)}`);
    const asked = await lab.graphRequest("POST", "/directoryObjects/getByIds", { ids: [principalId] }, identity);
    const { answer } = await lab.until(asked, (each) => each.status >= 400 || idsOf(each).length > 0);
    return verdict(
      idsOf(answer).join() === principalId,
      answer.status >= 400 ? `getByIds: ${errorOf(answer)}` : `getByIds: ${idsOf(answer).length} of 1 object`,
    );
  },
};
