import { type Assumption, verdict } from "../assumption";
import { registrar, service } from "../fixtures";
import { idsOf } from "./tagFilter";

export const creatorOwnsPrincipal: Assumption = {
  id: "C-18",
  sentence:
    "An identity with only Application.ReadWrite.OwnedBy becomes the owner of the service principals that it creates.",
  reliesOn:
    "packages/local-azure/graph/servicePrincipals.ts; a registrar changes and deletes the service principals that it created",
  how: "Such an identity creates a service principal and reads its owners.",
  async examine(lab) {
    const creator = await registrar(lab);
    const { principalId } = await service(lab, "owned", { as: creator });
    const owners = await lab.graphRequest(
      "GET",
      `/servicePrincipals/${principalId}/owners?$select=id`,
      undefined,
      creator,
    );
    const { answer, milliseconds } = await lab.until(owners, (each) => idsOf(each).includes(creator.objectId));
    return verdict(
      milliseconds !== undefined,
      `${idsOf(answer).length} owners, the creator is ${milliseconds === undefined ? "not " : ""}one`,
    );
  },
};
