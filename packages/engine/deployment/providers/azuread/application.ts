import { randomUUID } from "node:crypto";
import type { AzureClient } from "../../azureClient";
import { ForgottenError, IncompleteError, type Properties, type ResourceType, text } from "../resourceType";
import {
  deleted,
  findApplication,
  type GraphApplication,
  type GraphRole,
  listed,
  quoted,
  untilReplicated,
} from "./graphObjects";

/**
 * `azuread.Application`, with the properties that this engine supports: roles, audience and token version in one POST. Then the
 * provider sets a temporary display name and the final one, which shows that the application has replicated.
 */
export const application: ResourceType = {
  inputs: [
    "displayName",
    "description",
    "notes",
    "signInAudience",
    "api",
    "appRoles",
    "owners",
    "preventDuplicateNames",
    "tags",
    "serviceManagementReference",
  ],
  replaceOn: [],

  check: refuseDuplicateName,

  async create(azure, inputs) {
    await refuseDuplicateName(azure, inputs);
    const { oid } = await azure.claims();
    const owners = ownersOf(inputs);
    const { id, appId } = await azure.graph("POST", "/v1.0/applications", {
      ...body(inputs),
      appRoles: rolesOf(inputs),
      "owners@odata.bind": [...new Set([`${oid}`, ...owners])].map(reference),
    });
    const resourceId = `/applications/${id}`;
    const made = { id: resourceId, outputs: { ...inputs, clientId: appId, objectId: id } };
    try {
      for (const displayName of [`TERRAFORM_UPDATE_${randomUUID()}`, inputs.displayName])
        await azure.graph("PATCH", `/v1.0${resourceId}`, { displayName }, untilReplicated);
      if (!owners.includes(`${oid}`)) await azure.graph("DELETE", `/v1.0${resourceId}/owners/${oid}/$ref`);
      const read = await findApplication(azure, resourceId);
      if (!read) throw new ForgottenError(text(inputs, "displayName"));
      // A stale read returns the temporary name. The state contains the values that were read, as with the real provider.
      return { id: resourceId, outputs: { ...made.outputs, displayName: read.displayName } };
    } catch (error) {
      if (error instanceof ForgottenError) throw error;
      throw new IncompleteError((error as Error).message, made);
    }
  },

  async update(azure, { id, outputs }, inputs) {
    await refuseDuplicateName(azure, inputs, id);
    const roles = rolesOf(inputs);
    await disableChangedRoles(azure, id, roles);
    await azure.graph("PATCH", `/v1.0${id}`, { ...body(inputs), appRoles: roles });
    return { ...outputs, ...inputs };
  },

  delete: (azure, { id }) => deleted(azure, id),

  async read(azure, id) {
    const found = await findApplication(azure, id);
    return found && shown(found);
  },
};

const body = (inputs: Properties): Properties => ({
  api: inputs.api ?? {},
  description: inputs.description ?? null,
  displayName: inputs.displayName,
  notes: inputs.notes ?? null,
  serviceManagementReference: inputs.serviceManagementReference ?? null,
  signInAudience: inputs.signInAudience ?? "AzureADMyOrg",
  tags: inputs.tags ?? [],
});

/** In the shape of the inputs. */
const shown = ({ id, appId, displayName, description, api, appRoles, signInAudience, tags }: GraphApplication) => ({
  clientId: appId,
  objectId: id,
  displayName,
  description,
  signInAudience,
  api: { requestedAccessTokenVersion: (api as Properties | undefined)?.requestedAccessTokenVersion },
  appRoles: appRoles.map(({ isEnabled, ...role }) => ({
    id: role.id,
    value: role.value,
    displayName: role.displayName,
    description: role.description,
    allowedMemberTypes: role.allowedMemberTypes,
    ...(isEnabled ? {} : { enabled: false }),
  })),
  tags,
});

const ownersOf = ({ owners = [] }: Properties): readonly string[] => owners as string[];

const reference = (owner: string): string => `https://graph.microsoft.com/v1.0/directoryObjects/${owner}`;

const rolesOf = ({ appRoles = [] }: Properties): GraphRole[] =>
  (appRoles as Properties[]).map((role) => ({
    id: text(role, "id"),
    value: (role.value as string | undefined) ?? null,
    displayName: text(role, "displayName"),
    description: text(role, "description"),
    isEnabled: (role.enabled as boolean | undefined) ?? true,
    allowedMemberTypes: role.allowedMemberTypes as string[],
  }));

async function refuseDuplicateName(azure: AzureClient, inputs: Properties, own = ""): Promise<void> {
  if (inputs.preventDuplicateNames !== true) return;
  const named = await listed(azure, "applications", `displayName eq ${quoted(inputs.displayName)}`);
  const other = named.find(({ id }) => `/applications/${id}` !== own);
  if (other)
    throw new Error(
      `importing a resource is needed: an application called ${JSON.stringify(inputs.displayName)} exists with the object id ${other.id}`,
    );
}

/** An enabled role cannot be changed or removed: it is disabled first. */
async function disableChangedRoles(azure: AzureClient, id: string, wanted: readonly GraphRole[]): Promise<void> {
  const { appRoles } = (await azure.graph("GET", `/v1.0${id}`)) as GraphApplication;
  const changes = (role: GraphRole) => {
    const next = wanted.find((each) => each.id === role.id);
    return !next || !isSameRole(role, next);
  };
  const toDisable = appRoles.filter((role) => role.isEnabled && changes(role));
  if (toDisable.length === 0) return;
  const disabled = appRoles.map((role) => (toDisable.includes(role) ? { ...role, isEnabled: false } : role));
  await azure.graph("PATCH", `/v1.0${id}`, { appRoles: disabled });
}

const isSameRole = (one: GraphRole, other: GraphRole): boolean =>
  one.value === other.value &&
  one.displayName === other.displayName &&
  one.description === other.description &&
  JSON.stringify(one.allowedMemberTypes) === JSON.stringify(other.allowedMemberTypes);
