import { randomUUID, X509Certificate } from "node:crypto";
import { finds } from "../../azureClient";
import { type CreatedResource, type Properties, type ResourceType, text } from "../resourceType";
import { changeApplication, deleted, findApplication, findObject, objectIdIn, readApplication } from "./graphObjects";

/**
 * `azuread.ApplicationPassword`. Only the answer to its creation contains its value. The provider holds the application's lock
 * until Entra has shown the password five times in a row.
 */
export const applicationPassword: ResourceType = {
  inputs: ["applicationId", "displayName", "startDate", "endDate", "rotateWhenChanged"],
  replaceOn: "all",

  create: (azure, inputs) =>
    azure.exclusively(text(inputs, "applicationId"), async (): Promise<CreatedResource> => {
      const { applicationId } = inputs;
      await readApplication(azure, applicationId);
      const { keyId, secretText, startDateTime, endDateTime } = await azure.graph(
        "POST",
        `/v1.0${applicationId}/addPassword`,
        {
          passwordCredential: {
            displayName: inputs.displayName ?? null,
            ...(inputs.startDate === undefined ? {} : { startDateTime: inputs.startDate }),
            ...(inputs.endDate === undefined ? {} : { endDateTime: inputs.endDate }),
          },
        },
      );
      await azure.untilShown(`the client secret ${keyId}`, async () => {
        const { passwordCredentials } = await readApplication(azure, applicationId);
        return passwordCredentials.some((credential) => credential.keyId === keyId);
      });
      const outputs = { ...inputs, keyId, value: secretText, startDate: startDateTime, endDate: endDateTime };
      return { id: `${objectIdIn(applicationId)}/password/${keyId}`, outputs };
    }),

  delete: (azure, { inputs, outputs }) =>
    azure.exclusively(text(inputs, "applicationId"), async () => {
      await azure.graph("POST", `/v1.0${inputs.applicationId}/removePassword`, { keyId: outputs.keyId });
    }),

  async read(azure, id) {
    const [objectId, , keyId] = id.split("/");
    const application = await findApplication(azure, `/applications/${objectId}`);
    return application?.passwordCredentials.some((credential) => credential.keyId === keyId) ? { keyId } : undefined;
  },
};

/** `azuread.ApplicationCertificate`. */
export const applicationCertificate: ResourceType = {
  inputs: ["applicationId", "type", "value", "startDate", "endDate"],
  replaceOn: "all",

  async create(azure, inputs) {
    const keyId = randomUUID();
    await changeApplication(azure, inputs.applicationId, ({ keyCredentials }) => ({
      keyCredentials: [
        ...keyCredentials,
        {
          keyId,
          // Identified among the application's certificates by its content, because names are not unique.
          displayName: new X509Certificate(text(inputs, "value")).fingerprint256,
          type: inputs.type,
          usage: "Verify",
          key: Buffer.from(text(inputs, "value")).toString("base64"),
          ...(inputs.startDate === undefined ? {} : { startDateTime: inputs.startDate }),
          ...(inputs.endDate === undefined ? {} : { endDateTime: inputs.endDate }),
        },
      ],
    }));
    await azure.untilShown(`the certificate ${keyId}`, async () => {
      const { keyCredentials } = await readApplication(azure, inputs.applicationId);
      return keyCredentials.some((credential) => credential.keyId === keyId);
    });
    return { id: `${objectIdIn(inputs.applicationId)}/certificate/${keyId}`, outputs: { ...inputs, keyId } };
  },

  delete: (azure, { inputs, outputs }) =>
    changeApplication(azure, inputs.applicationId, ({ keyCredentials }) => ({
      keyCredentials: keyCredentials.filter(({ keyId }) => keyId !== outputs.keyId),
    })),

  async read(azure, id) {
    const [objectId, , keyId] = id.split("/");
    const application = await findApplication(azure, `/applications/${objectId}`);
    return application?.keyCredentials.some((credential) => credential.keyId === keyId) ? { keyId } : undefined;
  },
};

/** `azuread.ApplicationFederatedIdentityCredential`. */
export const federatedIdentityCredential: ResourceType = {
  inputs: ["applicationId", "displayName", "description", "audiences", "issuer", "subject"],
  replaceOn: ["applicationId", "displayName"],

  create: (azure, inputs) =>
    azure.exclusively(text(inputs, "applicationId"), async (): Promise<CreatedResource> => {
      await readApplication(azure, inputs.applicationId);
      const path = `/v1.0${inputs.applicationId}/federatedIdentityCredentials`;
      const { id } = await azure.graph("POST", path, federatedBody(inputs));
      await azure.untilShown(`the federated identity credential ${inputs.displayName}`, () =>
        finds(azure.graph("GET", `${path}/${id}`)),
      );
      return {
        id: `${objectIdIn(inputs.applicationId)}/federatedIdentityCredential/${id}`,
        outputs: { ...inputs, credentialId: id },
      };
    }),

  async update(azure, { outputs }, inputs) {
    const { name: _, ...changes } = federatedBody(inputs);
    await azure.graph("PATCH", `/v1.0${federatedId(inputs.applicationId, outputs.credentialId)}`, changes);
    return { ...outputs, ...inputs };
  },

  delete: (azure, { inputs, outputs }) => deleted(azure, federatedId(inputs.applicationId, outputs.credentialId)),

  async read(azure, id) {
    const [objectId, , credentialId] = id.split("/");
    const read = await findObject(azure, federatedId(`/applications/${objectId}`, credentialId));
    if (!read) return undefined;
    const { name: displayName, description, issuer, subject, audiences } = read;
    return { credentialId, displayName, description, issuer, subject, audiences };
  },
};

const federatedId = (applicationId: unknown, credentialId: unknown): string =>
  `${applicationId}/federatedIdentityCredentials/${credentialId}`;

const federatedBody = (inputs: Properties) => ({
  name: text(inputs, "displayName"),
  description: inputs.description ?? "",
  audiences: inputs.audiences,
  issuer: inputs.issuer,
  subject: inputs.subject,
});
