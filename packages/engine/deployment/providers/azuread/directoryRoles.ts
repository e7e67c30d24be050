import type { AzureClient } from "../../azureClient";
import { type Properties, type ResourceType, text } from "../resourceType";
import { deleted, findObject, objectIdIn } from "./graphObjects";

const definitions = "/roleManagement/directory/roleDefinitions";
const assignments = "/roleManagement/directory/roleAssignments";

const bodyOf = ({ description = "", displayName, enabled, permissions, templateId = "", version }: Properties) => ({
  ...(description === "" ? {} : { description }),
  displayName,
  isEnabled: enabled,
  rolePermissions: (permissions as readonly Properties[]).map(({ allowedResourceActions }) => ({
    allowedResourceActions,
  })),
  templateId,
  version,
});

/** `azuread.CustomDirectoryRole`. */
export const customDirectoryRole: ResourceType = {
  inputs: ["description", "displayName", "enabled", "permissions", "templateId", "version"],
  replaceOn: ["templateId"],

  async create(azure: AzureClient, inputs) {
    const { id, templateId } = await azure.graph("POST", `/v1.0${definitions}`, bodyOf(inputs));
    return { id: `${definitions}/${id}`, outputs: { ...inputs, objectId: id, templateId } };
  },

  async update(azure, { id, outputs }, inputs) {
    await azure.graph("PATCH", `/v1.0${id}`, bodyOf({ ...inputs, templateId: outputs.templateId }));
    return { ...outputs, ...inputs };
  },

  delete: (azure, { id }) => deleted(azure, id),

  async read(azure, id) {
    const read = await findObject(azure, id);
    if (!read) return undefined;
    const { description, displayName, isEnabled, rolePermissions, templateId, version } = read;
    const permissions = (rolePermissions as readonly Properties[]).map(({ allowedResourceActions }) => ({
      allowedResourceActions,
    }));
    return { description, displayName, enabled: isEnabled, permissions, templateId, version, objectId: objectIdIn(id) };
  },
};

/** `azuread.DirectoryRoleAssignment`, for the whole directory. */
export const directoryRoleAssignment: ResourceType = {
  inputs: ["principalObjectId", "roleId"],
  replaceOn: "all",

  async create(azure, inputs) {
    const { id } = await azure.graph("POST", `/v1.0${assignments}`, {
      principalId: text(inputs, "principalObjectId"),
      roleDefinitionId: text(inputs, "roleId"),
      directoryScopeId: "/",
    });
    return { id: `${assignments}/${id}`, outputs: { ...inputs, directoryScopeId: "/" } };
  },

  delete: (azure, { id }) => deleted(azure, id),

  async read(azure, id) {
    const read = await findObject(azure, id);
    return read && { principalObjectId: read.principalId, roleId: read.roleDefinitionId, directoryScopeId: "/" };
  },
};
