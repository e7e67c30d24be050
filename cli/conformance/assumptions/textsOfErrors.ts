import { randomUUID } from "node:crypto";
import type { Assumption } from "../assumption";
import { api, assignmentPath, grant, service } from "../fixtures";
import { refusals } from "../refusals";

export const textsOfErrors: Assumption = {
  id: "C-33",
  sentence:
    "Microsoft Graph refuses with the texts by which the components and the azuread provider recognise an error.",
  reliesOn: "components/replication.ts, which retries by these texts",
  how: "Assigns a role that the application does not have, creates a service principal of an unknown application, assigns a role twice.",
  async examine(lab) {
    const [called, holder] = [await api(lab), await service(lab, "holder")];
    await grant(lab, called.principalId, holder.principalId, called.roleId);
    const path = assignmentPath(called.principalId);
    const assign = (appRoleId: string) =>
      lab.graph("POST", path, { resourceId: called.principalId, principalId: holder.principalId, appRoleId });
    return refusals([
      {
        what: "an assignment of an unknown role",
        answer: await assign(randomUUID()),
        expected: "400 Request_BadRequest",
        text: /Permission being assigned was not found on application/,
      },
      {
        what: "a principal of no application",
        answer: await lab.graph("POST", "/servicePrincipals", { appId: randomUUID() }),
        expected: "400 NoBackingApplicationObject",
        text: /does not reference a valid application object/,
      },
      {
        what: "a second assignment",
        answer: await assign(called.roleId),
        expected: "400 InvalidUpdate",
        text: /Permission being assigned already exists on the object/,
      },
    ]);
  },
};
