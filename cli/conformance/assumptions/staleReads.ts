import type { Assumption } from "../assumption";
import { durations } from "../durations";
import { registration } from "../fixtures";

export const staleReads: Assumption = {
  id: "C-13",
  sentence: "1.5 s after a PATCH, no read of an application shows the earlier state.",
  reliesOn: "`staleReadSeconds` of the preset entra-2026 (docs/faults.md)",
  how: "Changes an application and reads it until five answers in a row show the change.",
  async examine(lab) {
    const { id } = await registration(lab, "stale");
    const read = await lab.graphRequest("GET", `/applications/${id}?$select=id,notes`);
    await lab.until(read, ({ status }) => status === 200, 5);
    let version = 0;
    return durations(lab, 1.5, async () => {
      const notes = `version ${++version}`;
      const change = await lab.graphRequest("PATCH", `/applications/${id}`, { notes });
      await lab.until(change, ({ status }) => status === 204);
      return lab.until(read, ({ body }) => body.notes === notes, 5);
    });
  },
};
