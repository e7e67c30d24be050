import { type Assumption, verdict } from "../assumption";
import { appRole } from "../fixtures";
import { errorOf } from "../lab";

export const rolesThatDifferInCase: Assumption = {
  id: "C-16",
  sentence: "An application may have two roles whose values differ only in case.",
  reliesOn: "packages/local-azure/graph/applications.ts (`checkedRoles`), which compares values case-sensitively",
  how: "Creates an application with the roles `Things.Read` and `things.read`.",
  async examine(lab) {
    const appRoles = [appRole("Things.Read"), appRole("things.read")];
    const answer = await lab.graph("POST", "/applications", { displayName: lab.name("case"), appRoles });
    return verdict(answer.status === 201, answer.status === 201 ? "201" : errorOf(answer));
  },
};
