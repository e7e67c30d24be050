import { randomUUID } from "node:crypto";
import { type AzureClient, isNotFound } from "../../azureClient";
import { ForgottenError, IncompleteError, type Properties, type ResourceType } from "../resourceType";
import { deleted, findObject, listed, quoted } from "./graphObjects";

/** `azuread.ServicePrincipal`; with `useExisting` it adopts the application's existing one. */
export const servicePrincipal: ResourceType = {
  inputs: ["clientId", "appRoleAssignmentRequired", "owners", "description", "useExisting"],
  replaceOn: ["clientId"],

  async create(azure, inputs) {
    const [existing] = await listed(azure, "servicePrincipals", `appId eq ${quoted(inputs.clientId)}`);
    if (existing && inputs.useExisting !== true)
      throw new Error(
        `importing a resource is needed: the application ${inputs.clientId} has the service principal ${existing.id}`,
      );
    const made = existing ? await adopted(azure, existing, inputs) : await posted(azure, inputs);
    try {
      const read = await findObject(azure, made.id);
      if (!read) throw new ForgottenError(`the service principal of ${inputs.clientId}`);
      return { id: made.id, outputs: { ...made.outputs, displayName: read.displayName } };
    } catch (error) {
      if (error instanceof ForgottenError) throw error;
      throw new IncompleteError((error as Error).message, made);
    }
  },

  async update(azure, { id, outputs }, inputs) {
    await azure.graph("PATCH", `/v1.0${id}`, body(inputs));
    return { ...outputs, ...inputs };
  },

  /** An adopted principal is deleted too, but the provider then ignores every failure. */
  delete: (azure, { id, inputs }) =>
    deleted(azure, id).catch((error) => {
      if (inputs.useExisting !== true) throw error;
    }),

  async read(azure, id) {
    const read = await findObject(azure, id);
    if (!read) return undefined;
    const { id: objectId, appId: clientId, displayName, appRoleAssignmentRequired, description } = read;
    return { objectId, clientId, displayName, appRoleAssignmentRequired, description };
  },
};

const body = (inputs: Properties): Properties => ({
  appRoleAssignmentRequired: inputs.appRoleAssignmentRequired ?? false,
  description: inputs.description ?? null,
});

const created = (id: unknown, inputs: Properties) => ({
  id: `/servicePrincipals/${id}`,
  outputs: { ...inputs, objectId: id },
});

async function adopted(azure: AzureClient, { id }: Properties, inputs: Properties) {
  const made = created(id, inputs);
  try {
    await azure.graph("PATCH", `/v1.0${made.id}`, body(inputs));
  } catch (error) {
    throw new IncompleteError(`Updating Service Principal: unexpected status ${statusIn(error)}`, made);
  }
  return made;
}

async function posted(azure: AzureClient, inputs: Properties) {
  const owners = (inputs.owners as string[] | undefined) ?? [];
  const { id } = await azure.graph(
    "POST",
    "/v1.0/servicePrincipals",
    {
      ...body(inputs),
      accountEnabled: true,
      appId: inputs.clientId,
      description: `TERRAFORM_UPDATE_${randomUUID()}`,
      "owners@odata.bind": owners.map((owner) => `https://graph.microsoft.com/v1.0/directoryObjects/${owner}`),
    },
    ({ status, reason }) =>
      (status === 400 && /does not reference a valid application object/.test(reason)) ||
      (status === 403 && /backing application of the service principal being created/.test(reason)),
  );
  const made = created(id, inputs);
  try {
    await azure.graph("PATCH", `/v1.0${made.id}`, { description: inputs.description ?? null });
  } catch (error) {
    const message = isNotFound(error)
      ? "Timed out whilst waiting for new service principal to be replicated in Azure AD: unexpected status 404"
      : `Failed to patch service principal after creating: ${(error as Error).message}`;
    throw new IncompleteError(message, made);
  }
  return made;
}

const statusIn = (error: unknown): string => (isNotFound(error) ? "404" : (error as Error).message);
