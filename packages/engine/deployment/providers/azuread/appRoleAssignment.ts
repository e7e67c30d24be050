import { finds, isNotFound } from "../../azureClient";
import { ForgottenError, type ResourceType } from "../resourceType";
import { deleted } from "./graphObjects";

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
    try {
      const { appRoleId, principalId, resourceId } = await azure.graph("GET", `/v1.0${id}`);
      return { appRoleId, principalObjectId: principalId, resourceObjectId: resourceId };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  },
};
