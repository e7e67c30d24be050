import type { AzureClient } from "../../azureClient";
import { ForgottenError, type Properties, type ResourceType } from "../resourceType";
import { type ApiAccess, changeApplication, findApplication } from "./graphObjects";

/** `azuread.ApplicationApiAccess`: the roles of one API that an application requests. */
export const apiAccess: ResourceType = {
  inputs: ["applicationId", "apiClientId", "roleIds"],
  replaceOn: ["applicationId", "apiClientId"],

  async create(azure, inputs) {
    await changeApplication(azure, inputs.applicationId, ({ requiredResourceAccess }) => {
      if (requiredResourceAccess.some(isFor(inputs.apiClientId)))
        throw new Error(`the API access to ${inputs.apiClientId} already exists, and needs to be imported`);
      return { requiredResourceAccess: [...requiredResourceAccess, wanted(inputs)] };
    });
    if (!(await accessIn(azure, inputs.applicationId, inputs.apiClientId)))
      throw new ForgottenError(`the API access to ${inputs.apiClientId}`);
    return { id: `${inputs.applicationId}/apiAccess/${inputs.apiClientId}`, outputs: inputs };
  },

  async update(azure, _state, inputs) {
    await changeApplication(azure, inputs.applicationId, ({ requiredResourceAccess }) => {
      if (!requiredResourceAccess.some(isFor(inputs.apiClientId)))
        throw new Error(`the API access to ${inputs.apiClientId} was not found`);
      return {
        requiredResourceAccess: requiredResourceAccess.map((access) =>
          isFor(inputs.apiClientId)(access) ? wanted(inputs) : access,
        ),
      };
    });
    return inputs;
  },

  delete: (azure, { inputs }) =>
    changeApplication(azure, inputs.applicationId, ({ requiredResourceAccess }) => {
      const kept = requiredResourceAccess.filter((access) => !isFor(inputs.apiClientId)(access));
      if (kept.length === requiredResourceAccess.length)
        throw new Error(`deleting the API access to ${inputs.apiClientId}: could not identify existing API`);
      return { requiredResourceAccess: kept };
    }),

  async read(azure, id) {
    const [, applicationId = "", apiClientId = ""] = /^(\/applications\/[^/]+)\/apiAccess\/(.+)$/.exec(id) ?? [];
    const access = await accessIn(azure, applicationId, apiClientId);
    return access && { applicationId, apiClientId, roleIds: access.resourceAccess.map((each) => each.id) };
  },
};

const isFor = (apiClientId: unknown) => (access: ApiAccess) => access.resourceAppId === apiClientId;

const wanted = (inputs: Properties): ApiAccess => ({
  resourceAppId: `${inputs.apiClientId}`,
  resourceAccess: (inputs.roleIds as string[]).map((id) => ({ id, type: "Role" })),
});

async function accessIn(
  azure: AzureClient,
  applicationId: unknown,
  apiClientId: unknown,
): Promise<ApiAccess | undefined> {
  const application = await findApplication(azure, applicationId);
  return application?.requiredResourceAccess.find(isFor(apiClientId));
}
