import { finds } from "../../azureClient";
import { ForgottenError, type ResourceType } from "../resourceType";
import { deleted, findObject } from "./graphObjects";

/** `azuread.AppRoleAssignment`: a grant with admin consent. */
export const appRoleAssignment: ResourceType = {
  inputs: ["appRoleId", "principalObjectId", "resourceObjectId"],
  replaceOn: "all",

  async create(azure, inputs) {
    const api = `/servicePrincipals/${inputs.resourceObjectId}`;
    if (!(await finds(azure.graph("GET", `/v1.0${api}`))))
      throw new Error(`Service principal not found for resource (Object ID: "${inputs.resourceObjectId}")`);
    const { id, ...rest } = await azure.graph(
      "POST",
      `/v1.0${api}/appRoleAssignedTo`,
      {
        appRoleId: inputs.appRoleId,
        principalId: inputs.principalObjectId,
        resourceId: inputs.resourceObjectId,
      },
      ({ status, reason }) => status === 404 || (status === 400 && /Not a valid reference update/.test(reason)),
    );
    const path = `${api}/appRoleAssignedTo/${id}`;
    if (!(await finds(azure.graph("GET", `/v1.0${path}`)))) throw new ForgottenError(`the app role assignment ${id}`);
    const { principalDisplayName, principalType, resourceDisplayName } = rest;
    return { id: path, outputs: { ...inputs, principalDisplayName, principalType, resourceDisplayName } };
  },

  delete: (azure, { id }) => deleted(azure, id),

  async read(azure, id) {
    const read = await findObject(azure, id);
    if (!read) return undefined;
    const { appRoleId, principalId, resourceId } = read;
    return { appRoleId, principalObjectId: principalId, resourceObjectId: resourceId };
  },
};
