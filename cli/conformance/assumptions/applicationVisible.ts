import type { Assumption } from "../assumption";
import { durations } from "../durations";
import { registration } from "../fixtures";

export const applicationVisible: Assumption = {
  id: "C-05",
  sentence: "A new application can be read within 2 s.",
  reliesOn: "`replicationSeconds` of the preset entra-2026 (docs/faults.md)",
  how: "Reads it until it is found three times in a row.",
  examine: (lab) =>
    durations(lab, 2, async () => {
      const { id } = await registration(lab, "visible");
      return lab.until(
        await lab.graphRequest("GET", `/applications/${id}?$select=id`),
        ({ status }) => status === 200,
        3,
      );
    }),
};
