import { type Assumption, verdict } from "../assumption";
import { newRegistrar } from "../fixtures";
import { errorOf, type Identity, type Lab } from "../lab";
import type { Answer } from "../wire";

/** How many objects beyond the quota are tried before the run concludes that there is no quota. */
const beyond = 5;

export const deletedCountInQuota: Assumption = {
  id: "C-20",
  sentence:
    "A principal without a directory role may create 250 objects; a deleted object counts in full until it is purged, and as a quarter afterwards.",
  reliesOn: "packages/local-azure/creatorQuota.ts, and `objectsPerCreator` in packages/local-azure/tenantSettings.ts",
  how: "An identity creates applications until it is refused. It deletes two, then purges one, then the other, and each time tries to create another application.",
  async examine(lab) {
    const creator = await newRegistrar(lab);
    const created: string[] = [];
    let refusal: Answer | undefined;
    while (refusal === undefined && created.length < lab.settings.quota + beyond) {
      lab.progress(`${created.length} of ${lab.settings.quota} objects`);
      const answer = await create(lab, creator);
      if (answer.status === 201) created.push(String(answer.body.id));
      else refusal = answer;
    }
    if (refusal === undefined) return verdict(false, `${created.length} objects were created, and none was refused`);
    const [one = "", other = ""] = created;
    for (const id of [one, other]) await remove(lab, creator, `/applications/${id}`);
    const afterDeletion = await create(lab, creator);
    await remove(lab, creator, `/directory/deletedItems/${one}`);
    const afterOnePurge = await create(lab, creator);
    await remove(lab, creator, `/directory/deletedItems/${other}`);
    // The count may be late.
    const last = await lab.graphRequest("POST", "/applications", { displayName: lab.name("quota") }, creator);
    const { answer: afterBoth } = await lab.until(last, ({ status }) => status === 201);
    const outcome = (answer: Answer) => (answer.status === 201 ? "created" : errorOf(answer).split(":")[0]);
    return verdict(
      created.length === lab.settings.quota &&
        [afterDeletion, afterOnePurge].every(({ status }) => status === 403) &&
        afterBoth.status === 201,
      `${created.length} objects, then ${errorOf(refusal)}; with two deleted: ${outcome(afterDeletion)}; ` +
        `with one of them purged: ${outcome(afterOnePurge)}; with both purged: ${outcome(afterBoth)}`,
    );
  },
};

const create = (lab: Lab, as: Identity) => lab.graph("POST", "/applications", { displayName: lab.name("quota") }, as);

async function remove(lab: Lab, as: Identity, path: string): Promise<void> {
  await lab.until(await lab.graphRequest("DELETE", path, undefined, as), ({ status }) => status === 204);
}
