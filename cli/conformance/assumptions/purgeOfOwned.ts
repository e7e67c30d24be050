import { type Assumption, verdict } from "../assumption";
import { registrar, registration } from "../fixtures";
import { errorOf } from "../lab";

export const purgeOfOwned: Assumption = {
  id: "C-19",
  sentence: "Application.ReadWrite.OwnedBy is enough to delete an owned application permanently.",
  reliesOn: "packages/local-azure/graph/deletedItems.ts; this run, which purges what it created",
  how: "An identity with this permission alone creates an application, deletes it, and deletes the deleted item.",
  async examine(lab) {
    const owner = await registrar(lab);
    const { id } = await registration(lab, "purged", {}, owner);
    const removal = await lab.graphRequest("DELETE", `/applications/${id}`, undefined, owner);
    await lab.until(removal, ({ status }) => status === 204);
    const purge = await lab.graphRequest("DELETE", `/directory/deletedItems/${id}`, undefined, owner);
    const { answer } = await lab.until(purge, ({ status }) => status !== 404);
    return verdict(answer.status === 204, answer.status === 204 ? "204" : errorOf(answer));
  },
};
