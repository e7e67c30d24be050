import { signInPath } from "../../usage/signIns";
import { type Assumption, verdict } from "../assumption";
import { reader } from "../fixtures";
import { errorOf } from "../lab";
import { licenceMissing, notLicensed } from "../licence";

export const signInLog: Assumption = {
  id: "C-34",
  sentence: "Graph's beta log of sign-ins accepts the filter of the usage report, with AuditLog.Read.All alone.",
  reliesOn: "`npm run usage -- --from-tenant` (cli/usage/signIns.ts)",
  how: "An identity with this permission alone lists its own sign-ins of today. New ones may not be shown yet.",
  async examine(lab) {
    const identity = await reader(lab, "AuditLog.Read.All");
    const asked = await lab.graphRequest("GET", "", undefined, identity);
    const today = new Date().toISOString().slice(0, 10);
    const answer = await lab.send({ ...asked, path: `/beta/${signInPath(identity.clientId, today)}` });
    if (licenceMissing(answer)) return notLicensed(answer);
    const rows = Array.isArray(answer.body.value) ? (answer.body.value as Readonly<Record<string, unknown>>[]) : [];
    const isWhole = rows.every(
      ({ appId, createdDateTime, status }) =>
        appId === identity.clientId && typeof createdDateTime === "string" && typeof status === "object",
    );
    return verdict(answer.status === 200 && isWhole, answer.status === 200 ? `${rows.length} rows` : errorOf(answer));
  },
};
