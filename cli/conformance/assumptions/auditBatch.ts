import { registrationsPath } from "../../audit/registrations";
import { type Assumption, verdict } from "../assumption";
import { reader, service } from "../fixtures";
import { errorOf } from "../lab";
import type { Answer } from "../wire";

export const auditBatch: Assumption = {
  id: "C-36",
  sentence:
    "A batch accepts the queries of the audit: objects by their client ids, with selected properties and their owners.",
  reliesOn: "cli/audit/registrations.ts, cli/audit/reading.ts",
  how: "An identity with Application.Read.All alone requests two new applications and their service principals in one batch.",
  async examine(lab) {
    const made = [await service(lab, "one"), await service(lab, "two")];
    const identity = await reader(lab, "Application.Read.All");
    const clientIds = made.map(({ appId }) => appId);
    const requests = (["applications", "servicePrincipals"] as const).map((of, index) => ({
      ...{ id: `${index}`, method: "GET", url: `/${registrationsPath(of, clientIds)}` },
    }));
    const asked = await lab.graphRequest("POST", "/$batch", { requests }, identity);
    const { answer } = await lab.until(
      asked,
      (each) => each.status >= 400 || countsIn(each).every((count) => count === 2),
    );
    const counts = countsIn(answer);
    return verdict(
      counts.length === 2 && counts.every((count) => count === 2),
      answer.status >= 400 ? errorOf(answer) : `${counts.join(" and ")} of 2 objects with their owners`,
    );
  },
};

/** How many objects each answer of the batch has that show their owners. */
const countsIn = ({ body }: Answer): number[] =>
  (Array.isArray(body.responses) ? body.responses : []).map(
    ({ body: each }: { body?: { value?: object[] } }) =>
      (each?.value ?? []).filter((object) => "owners" in object).length,
  );
