import type { Assumption } from "../assumption";
import { durations } from "../durations";
import { registration } from "../fixtures";

export const removedHidden: Assumption = {
  id: "C-15",
  sentence: "A deleted application is no longer found after 2 s.",
  reliesOn: "`replication.removedSeconds` of the preset entra-2026 (docs/faults.md)",
  how: "Deletes an application and reads it until it is not found five times in a row.",
  examine: (lab) =>
    durations(lab, 2, async () => {
      const { id } = await registration(lab, "removed");
      const read = await lab.graphRequest("GET", `/applications/${id}?$select=id`);
      await lab.until(read, ({ status }) => status === 200, 3);
      const removal = await lab.graphRequest("DELETE", `/applications/${id}`);
      await lab.until(removal, ({ status }) => status === 204);
      return lab.until(read, ({ status }) => status === 404, 5);
    }),
};
