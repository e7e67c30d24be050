import { randomUUID, X509Certificate } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type AzureClient, AzureRequestError, finds, unlessGone } from "../azureClient";
import { type CreatedResource, type Properties, type ProviderFunction, type ResourceType, text } from "./resourceType";

interface GraphRole {
  id: string;
  value: string | null;
  displayName: string;
  description: string;
  isEnabled: boolean;
  allowedMemberTypes: string[];
}

interface GraphApplication extends Properties {
  id: string;
  appId: string;
  appRoles: GraphRole[];
  identifierUris: string[];
  requiredResourceAccess: { resourceAppId: string; resourceAccess: { id: string; type: string }[] }[];
  keyCredentials: { keyId: string; displayName: string | null }[];
  passwordCredentials: { keyId: string; displayName: string | null }[];
}

/** What a new object's readers may not see yet: Entra's writes take a while to reach all of its servers. */
async function visible(read: () => Promise<Properties>): Promise<Properties> {
  for (let pause = 10; ; pause *= 2) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof AzureRequestError && error.status === 404) || pause > 20_000) throw error;
      await delay(pause);
    }
  }
}

const applicationPath = (applicationId: unknown): string => `/v1.0${applicationId}`;
const readApplication = async (azure: AzureClient, id: unknown): Promise<GraphApplication> =>
  (await visible(() => azure.graph("GET", applicationPath(id)))) as GraphApplication;

/** Reads the application, and writes back what `change` makes of it, with nobody in between. */
const changeApplication = (
  azure: AzureClient,
  id: unknown,
  change: (application: GraphApplication) => Properties | undefined,
) =>
  azure.exclusively(text({ id }, "id"), async () => {
    const changed = change(await readApplication(azure, id));
    if (changed) await azure.graph("PATCH", applicationPath(id), changed);
  });

const unlessApplicationGone = (
  azure: AzureClient,
  id: unknown,
  change: (application: GraphApplication) => Properties | undefined,
) =>
  unlessGone(
    azure.exclusively(text({ id }, "id"), async () => {
      const changed = change((await azure.graph("GET", applicationPath(id))) as GraphApplication);
      if (changed) await azure.graph("PATCH", applicationPath(id), changed);
    }),
  );

const registrationBody = (inputs: Properties): Properties => ({
  api: { requestedAccessTokenVersion: inputs.requestedAccessTokenVersion ?? null },
  description: inputs.description ?? null,
  displayName: inputs.displayName,
  notes: inputs.notes ?? null,
  signInAudience: inputs.signInAudience ?? "AzureADMyOrg",
});

const roleBody = (inputs: Properties): GraphRole => ({
  id: text(inputs, "roleId"),
  value: (inputs.value as string | undefined) ?? null,
  displayName: text(inputs, "displayName"),
  description: text(inputs, "description"),
  isEnabled: true,
  allowedMemberTypes: inputs.allowedMemberTypes as string[],
});

/** The first page is enough: names, ids and the roles of one API for one caller are few. */
const listed = async (azure: AzureClient, path: string, filter?: string): Promise<Properties[]> => {
  const query = filter === undefined ? "" : `?$filter=${encodeURIComponent(filter)}`;
  return (await azure.graph("GET", `/v1.0/${path}${query}`)).value as Properties[];
};
const quoted = (value: unknown): string => `'${String(value).replaceAll("'", "''")}'`;

const registration = ({ id, appId }: GraphApplication, inputs: Properties): CreatedResource => ({
  id: `/applications/${id}`,
  outputs: { ...inputs, clientId: appId, objectId: id },
});
const principal = ({ id, displayName }: Properties, inputs: Properties): CreatedResource => ({
  id: `/servicePrincipals/${id}`,
  outputs: { ...inputs, objectId: id, displayName },
});
const roleAssignment = (
  { id, principalDisplayName, principalType, resourceDisplayName }: Properties,
  inputs: Properties,
): CreatedResource => ({
  id: `/servicePrincipals/${inputs.resourceObjectId}/appRoleAssignedTo/${id}`,
  outputs: { ...inputs, principalDisplayName, principalType, resourceDisplayName },
});
const passwordId = (inputs: Properties, keyId: unknown): string =>
  `${text(inputs, "applicationId").split("/").pop()}/password/${keyId}`;
const federated = ({ id }: Properties, inputs: Properties): CreatedResource => ({
  id: `${text(inputs, "applicationId").split("/").pop()}/federatedIdentityCredential/${id}`,
  outputs: { ...inputs, credentialId: id },
});

/** An enabled role cannot be changed or removed: it is disabled first. */
const disabled = (application: GraphApplication, roleId: unknown): GraphRole[] =>
  application.appRoles.map((role) => (role.id === roleId ? { ...role, isEnabled: false } : role));

export const azureadTypes: Record<string, ResourceType> = {
  "azuread:index/applicationRegistration:ApplicationRegistration": {
    inputs: ["displayName", "description", "notes", "signInAudience", "requestedAccessTokenVersion"],
    replaceOn: [],
    async create(azure, inputs) {
      const { id } = await azure.graph("POST", "/v1.0/applications", registrationBody(inputs));
      return registration(await readApplication(azure, `/applications/${id}`), inputs);
    },
    async recover(azure, inputs, known) {
      const { oid } = await azure.claims();
      for (const application of await listed(azure, "applications", `displayName eq ${quoted(inputs.displayName)}`)) {
        if (known.has(`/applications/${application.id}`)) continue;
        const owners = await listed(azure, `applications/${application.id}/owners`);
        // Somebody else's namesake is left alone.
        if (owners.some(({ id }) => id === oid)) return registration(application as GraphApplication, inputs);
      }
      return undefined;
    },
    async update(azure, { id, outputs }, inputs) {
      await azure.exclusively(id, () => azure.graph("PATCH", applicationPath(id), registrationBody(inputs)));
      return { ...outputs, ...inputs };
    },
    delete: (azure, { id }) => unlessGone(azure.graph("DELETE", applicationPath(id))),
    exists: (azure, { id }) => finds(azure.graph("GET", applicationPath(id))),
  },

  "azuread:index/servicePrincipal:ServicePrincipal": {
    inputs: ["clientId", "appRoleAssignmentRequired", "owners", "description"],
    replaceOn: ["clientId"],
    async create(azure, inputs) {
      const owners = (inputs.owners as string[] | undefined) ?? [];
      const created = await azure.graph("POST", "/v1.0/servicePrincipals", {
        accountEnabled: true,
        appId: inputs.clientId,
        appRoleAssignmentRequired: inputs.appRoleAssignmentRequired ?? false,
        description: inputs.description ?? null,
        "owners@odata.bind": owners.map((owner) => `https://graph.microsoft.com/v1.0/directoryObjects/${owner}`),
      });
      return principal(await visible(() => azure.graph("GET", `/v1.0/servicePrincipals/${created.id}`)), inputs);
    },
    async recover(azure, inputs) {
      const [found] = await listed(azure, "servicePrincipals", `appId eq ${quoted(inputs.clientId)}`);
      return found && principal(found, inputs);
    },
    async update(azure, { id, outputs }, inputs) {
      await azure.graph("PATCH", `/v1.0${id}`, {
        appRoleAssignmentRequired: inputs.appRoleAssignmentRequired ?? false,
        description: inputs.description ?? null,
      });
      return { ...outputs, ...inputs };
    },
    delete: (azure, { id }) => unlessGone(azure.graph("DELETE", `/v1.0${id}`)),
    exists: (azure, { id }) => finds(azure.graph("GET", `/v1.0${id}`)),
  },

  "azuread:index/applicationIdentifierUri:ApplicationIdentifierUri": {
    inputs: ["applicationId", "identifierUri"],
    replaceOn: "all",
    async create(azure, inputs) {
      const uri = text(inputs, "identifierUri");
      await changeApplication(azure, inputs.applicationId, ({ identifierUris }) => ({
        identifierUris: [...identifierUris.filter((each) => each !== uri), uri],
      }));
      return { id: `${inputs.applicationId}/identifierUris/${Buffer.from(uri).toString("base64")}`, outputs: inputs };
    },
    delete: (azure, { inputs }) =>
      unlessApplicationGone(azure, inputs.applicationId, ({ identifierUris }) => ({
        identifierUris: identifierUris.filter((uri) => uri !== inputs.identifierUri),
      })),
    exists: (azure, { inputs }) =>
      inApplication(azure, inputs, ({ identifierUris }) => identifierUris.includes(text(inputs, "identifierUri"))),
  },

  "azuread:index/applicationAppRole:ApplicationAppRole": {
    inputs: ["applicationId", "roleId", "value", "displayName", "description", "allowedMemberTypes"],
    replaceOn: ["applicationId", "roleId"],
    async create(azure, inputs) {
      await changeApplication(azure, inputs.applicationId, ({ appRoles }) => ({
        appRoles: [...appRoles.filter(({ id }) => id !== inputs.roleId), roleBody(inputs)],
      }));
      return { id: `${inputs.applicationId}/appRoles/${inputs.roleId}`, outputs: inputs };
    },
    async update(azure, _state, inputs) {
      await changeApplication(azure, inputs.applicationId, (application) => ({
        appRoles: disabled(application, inputs.roleId),
      }));
      await changeApplication(azure, inputs.applicationId, ({ appRoles }) => ({
        appRoles: appRoles.map((role) => (role.id === inputs.roleId ? roleBody(inputs) : role)),
      }));
      return inputs;
    },
    async delete(azure, { inputs }) {
      await unlessApplicationGone(azure, inputs.applicationId, (application) => ({
        appRoles: disabled(application, inputs.roleId),
      }));
      await unlessApplicationGone(azure, inputs.applicationId, ({ appRoles }) => ({
        appRoles: appRoles.filter(({ id }) => id !== inputs.roleId),
      }));
    },
    exists: (azure, { inputs }) =>
      inApplication(azure, inputs, ({ appRoles }) => appRoles.some(({ id }) => id === inputs.roleId)),
  },

  "azuread:index/applicationApiAccess:ApplicationApiAccess": {
    inputs: ["applicationId", "apiClientId", "roleIds"],
    replaceOn: ["applicationId", "apiClientId"],
    async create(azure, inputs) {
      await putApiAccess(azure, inputs);
      return { id: `${inputs.applicationId}/apiAccess/${inputs.apiClientId}`, outputs: inputs };
    },
    async update(azure, _state, inputs) {
      await putApiAccess(azure, inputs);
      return inputs;
    },
    delete: (azure, { inputs }) =>
      unlessApplicationGone(azure, inputs.applicationId, ({ requiredResourceAccess }) => ({
        requiredResourceAccess: requiredResourceAccess.filter(
          ({ resourceAppId }) => resourceAppId !== inputs.apiClientId,
        ),
      })),
    exists: (azure, { inputs }) =>
      inApplication(azure, inputs, ({ requiredResourceAccess }) =>
        requiredResourceAccess.some(({ resourceAppId }) => resourceAppId === inputs.apiClientId),
      ),
  },

  "azuread:index/appRoleAssignment:AppRoleAssignment": {
    inputs: ["appRoleId", "principalObjectId", "resourceObjectId"],
    replaceOn: "all",
    async create(azure, inputs) {
      const path = `/servicePrincipals/${inputs.resourceObjectId}/appRoleAssignedTo`;
      await visible(() => azure.graph("GET", `/v1.0/servicePrincipals/${inputs.resourceObjectId}`));
      const assignment = await azure.graph("POST", `/v1.0${path}`, {
        appRoleId: inputs.appRoleId,
        principalId: inputs.principalObjectId,
        resourceId: inputs.resourceObjectId,
      });
      await visible(() => azure.graph("GET", `/v1.0${path}/${assignment.id}`));
      return roleAssignment(assignment, inputs);
    },
    async recover(azure, inputs) {
      const all = await listed(azure, `servicePrincipals/${inputs.resourceObjectId}/appRoleAssignedTo`);
      const found = all.find(
        ({ principalId, appRoleId }) => principalId === inputs.principalObjectId && appRoleId === inputs.appRoleId,
      );
      return found && roleAssignment(found, inputs);
    },
    delete: (azure, { id }) => unlessGone(azure.graph("DELETE", `/v1.0${id}`)),
    exists: (azure, { id }) => finds(azure.graph("GET", `/v1.0${id}`)),
  },

  "azuread:index/applicationPassword:ApplicationPassword": {
    inputs: ["applicationId", "displayName", "startDate", "endDate", "rotateWhenChanged"],
    replaceOn: "all",
    async create(azure, inputs) {
      const path = applicationPath(inputs.applicationId);
      const created = await azure.exclusively(text(inputs, "applicationId"), () =>
        azure.graph("POST", `${path}/addPassword`, {
          passwordCredential: {
            displayName: inputs.displayName ?? null,
            ...(inputs.startDate === undefined ? {} : { startDateTime: inputs.startDate }),
            ...(inputs.endDate === undefined ? {} : { endDateTime: inputs.endDate }),
          },
        }),
      );
      const { keyId, secretText, startDateTime, endDateTime } = created;
      const outputs = { ...inputs, keyId, value: secretText, startDate: startDateTime, endDate: endDateTime };
      return { id: passwordId(inputs, keyId), outputs };
    },
    /** Nobody can read its value any more: it goes, and a new one is made. */
    recover: (azure, inputs, known) =>
      azure.exclusively(text(inputs, "applicationId"), async () => {
        const path = applicationPath(inputs.applicationId);
        const { passwordCredentials } = await readApplication(azure, inputs.applicationId);
        for (const { keyId, displayName } of passwordCredentials) {
          if (displayName !== (inputs.displayName ?? null) || known.has(passwordId(inputs, keyId))) continue;
          await azure.graph("POST", `${path}/removePassword`, { keyId });
        }
        return undefined;
      }),
    delete: (azure, { inputs, outputs }) =>
      unlessGone(
        azure.exclusively(text(inputs, "applicationId"), async () => {
          const path = applicationPath(inputs.applicationId);
          const { passwordCredentials } = (await azure.graph("GET", path)) as GraphApplication;
          if (!passwordCredentials.some(({ keyId }) => keyId === outputs.keyId)) return;
          await azure.graph("POST", `${path}/removePassword`, { keyId: outputs.keyId });
        }),
      ),
    exists: (azure, { inputs, outputs }) =>
      inApplication(azure, inputs, ({ passwordCredentials }) =>
        passwordCredentials.some(({ keyId }) => keyId === outputs.keyId),
      ),
  },

  "azuread:index/applicationCertificate:ApplicationCertificate": {
    inputs: ["applicationId", "type", "value", "startDate", "endDate"],
    replaceOn: "all",
    async create(azure, inputs) {
      const keyId = randomUUID();
      await changeApplication(azure, inputs.applicationId, ({ keyCredentials }) => ({
        keyCredentials: [
          ...keyCredentials.filter(({ displayName }) => displayName !== certificateName(inputs)),
          {
            keyId,
            displayName: certificateName(inputs),
            type: inputs.type,
            usage: "Verify",
            key: Buffer.from(text(inputs, "value")).toString("base64"),
            ...(inputs.startDate === undefined ? {} : { startDateTime: inputs.startDate }),
            ...(inputs.endDate === undefined ? {} : { endDateTime: inputs.endDate }),
          },
        ],
      }));
      const id = `${text(inputs, "applicationId").split("/").pop()}/certificate/${keyId}`;
      return { id, outputs: { ...inputs, keyId } };
    },
    delete: (azure, { inputs, outputs }) =>
      unlessApplicationGone(azure, inputs.applicationId, ({ keyCredentials }) => ({
        keyCredentials: keyCredentials.filter(({ keyId }) => keyId !== outputs.keyId),
      })),
    exists: (azure, { inputs, outputs }) =>
      inApplication(azure, inputs, ({ keyCredentials }) => keyCredentials.some(({ keyId }) => keyId === outputs.keyId)),
  },

  "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential": {
    inputs: ["applicationId", "displayName", "description", "audiences", "issuer", "subject"],
    replaceOn: ["applicationId", "displayName"],
    async create(azure, inputs) {
      const path = `${applicationPath(inputs.applicationId)}/federatedIdentityCredentials`;
      const { id } = await azure.graph("POST", path, federatedBody(inputs));
      return federated(await visible(() => azure.graph("GET", `${path}/${id}`)), inputs);
    },
    async recover(azure, inputs) {
      const all = await listed(azure, `${text(inputs, "applicationId").slice(1)}/federatedIdentityCredentials`);
      const found = all.find(({ name }) => name === inputs.displayName);
      return found && federated(found, inputs);
    },
    async update(azure, { outputs }, inputs) {
      const path = `${applicationPath(inputs.applicationId)}/federatedIdentityCredentials/${outputs.credentialId}`;
      const { name: _, ...changes } = federatedBody(inputs);
      await azure.graph("PATCH", path, changes);
      return { ...outputs, ...inputs };
    },
    delete: (azure, { inputs, outputs }) =>
      unlessGone(
        azure.graph(
          "DELETE",
          `${applicationPath(inputs.applicationId)}/federatedIdentityCredentials/${outputs.credentialId}`,
        ),
      ),
    exists: (azure, { inputs, outputs }) =>
      finds(
        azure.graph(
          "GET",
          `${applicationPath(inputs.applicationId)}/federatedIdentityCredentials/${outputs.credentialId}`,
        ),
      ),
  },
};

async function inApplication(
  azure: AzureClient,
  { applicationId }: Properties,
  holds: (application: GraphApplication) => boolean,
): Promise<boolean> {
  let there = false;
  const read = azure.graph("GET", applicationPath(applicationId)).then((application) => {
    there = holds(application as GraphApplication);
  });
  return (await finds(read)) && there;
}

export const azureadFunctions: Record<string, ProviderFunction> = {
  async "azuread:index/getClientConfig:getClientConfig"(azure) {
    const { oid, tid } = await azure.claims();
    return { id: "config", clientId: azure.deployer.ARM_CLIENT_ID, objectId: oid, tenantId: tid };
  },
  async "azuread:index/getServicePrincipal:getServicePrincipal"(azure, { clientId }) {
    const [found] = await listed(azure, "servicePrincipals", `appId eq ${quoted(clientId)}`);
    if (!found) throw new Error(`no service principal found with client ID: ${clientId}`);
    const { id, displayName, appRoles } = found as { id: string; displayName: string; appRoles: GraphRole[] };
    const appRoleIds = Object.fromEntries(appRoles.flatMap(({ value, id }) => (value === null ? [] : [[value, id]])));
    return { id, objectId: id, clientId, displayName, appRoleIds };
  },
};

const putApiAccess = (azure: AzureClient, inputs: Properties) =>
  changeApplication(azure, inputs.applicationId, ({ requiredResourceAccess }) => ({
    requiredResourceAccess: [
      ...requiredResourceAccess.filter(({ resourceAppId }) => resourceAppId !== inputs.apiClientId),
      {
        resourceAppId: inputs.apiClientId,
        resourceAccess: (inputs.roleIds as string[]).map((id) => ({ id, type: "Role" })),
      },
    ],
  }));

/** A certificate is told apart from the application's others by what it is, not by a name that somebody gave it. */
const certificateName = (inputs: Properties): string => new X509Certificate(text(inputs, "value")).fingerprint256;

const federatedBody = (inputs: Properties) => ({
  name: text(inputs, "displayName"),
  description: inputs.description ?? "",
  audiences: inputs.audiences,
  issuer: inputs.issuer,
  subject: inputs.subject,
});
