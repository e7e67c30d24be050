import type { Assumption } from "../assumption";
import { durations } from "../durations";
import { service } from "../fixtures";
import { aadsts } from "../lab";

export const clientKnown: Assumption = {
  id: "C-09",
  sentence: "The token endpoint knows a new client within 2 s.",
  reliesOn: "`tokenReplication.clientSeconds` of the preset entra-2026 (docs/faults.md)",
  how: "Sends a wrong secret until the answer is AADSTS7000215 instead of 700016 or 7000229, five times in a row.",
  examine: (lab) =>
    durations(lab, 2, async () => {
      const { appId } = await service(lab, "new");
      const scope = `${lab.graphAudience}/.default`;
      const asked = lab.tokenRequest({ client_id: appId, client_secret: "not-its-secret", scope });
      return lab.until(asked, (answer) => aadsts(answer) === 7000215, 5);
    }),
};
