import type { Assumption } from "../assumption";
import { durations } from "../durations";
import { registration } from "../fixtures";
import { text } from "../lab";

export const principalVisible: Assumption = {
  id: "C-06",
  sentence: "A new service principal can be read within 2 s.",
  reliesOn: "`replicationSeconds` of the preset entra-2026 (docs/faults.md)",
  how: "Reads it until it is found three times in a row.",
  examine: (lab) =>
    durations(lab, 2, async () => {
      const { appId } = await registration(lab, "principal");
      const creation = await lab.graphRequest("POST", "/servicePrincipals", { appId });
      const { answer } = await lab.until(creation, ({ status }) => status === 201);
      const path = `/servicePrincipals/${text(answer, "id")}?$select=id`;
      return lab.until(await lab.graphRequest("GET", path), ({ status }) => status === 200, 3);
    }),
};
