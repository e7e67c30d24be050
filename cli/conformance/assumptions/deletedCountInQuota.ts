import { type Assumption, verdict } from "../assumption";
import { newRegistrar } from "../fixtures";
import { errorOf, type Identity, type Lab } from "../lab";
import type { Answer } from "../wire";

/** How many more than the quota are tried before it is said that there is none. */
const beyond = 5;

export const deletedCountInQuota: Assumption = {
  id: "C-20",
  sentence:
    "A principal without a directory role may create 250 objects; deleted ones count until they are purged, and then a quarter.",
  reliesOn: "packages/local-azure/creatorQuota.ts, and `objectsPerCreator` in packages/local-azure/tenantSettings.ts",
  how: "An identity creates applications until it is refused, deletes two and tries again, purges one and tries again, purges the other and tries again.",
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
    for (const id of [one, other]) await lab.graph("DELETE", `/applications/${id}`, undefined, creator);
    const afterDeletion = await create(lab, creator);
    await purge(lab, creator, one);
    const afterOnePurge = await create(lab, creator);
    await purge(lab, creator, other);
    const afterBoth = await create(lab, creator);
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

async function purge(lab: Lab, as: Identity, id: string): Promise<void> {
  const request = await lab.graphRequest("DELETE", `/directory/deletedItems/${id}`, undefined, as);
  await lab.until(request, ({ status }) => status === 204);
}
