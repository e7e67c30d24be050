import { type Assumption, verdict } from "../assumption";
import { errorOf } from "../lab";
import { groupPath, resourceGroup } from "../vaults";

export const groupDeletion: Assumption = {
  id: "C-27",
  sentence: "The deletion of a resource group is polled at `/subscriptions/{id}/operationresults/…`.",
  reliesOn: "the right to read operationresults in bootstrap/registrarActions.ts",
  how: "Deletes an empty resource group and polls the address in the answer.",
  async examine(lab) {
    const name = await resourceGroup(lab, lab.name("group"));
    const answer = await lab.resourceManager("DELETE", groupPath(name));
    const { location = "" } = answer.headers;
    const path = /\/subscriptions\/[^/]+(\/operationresults\/.+)$/i.exec(location)?.[1];
    const isFollowed = answer.status === 202 && path !== undefined;
    if (!isFollowed) return verdict(false, answer.status === 202 ? "202 with a different address" : errorOf(answer));
    const { answer: last } = await lab.until(
      await lab.resourceManagerRequest("GET", path),
      ({ status }) => status !== 202,
    );
    return verdict(last.status < 300, `202, then ${errorOf(last)} at operationresults`);
  },
};
