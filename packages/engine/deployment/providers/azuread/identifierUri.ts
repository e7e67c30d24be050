import { ForgottenError, type ResourceType, text } from "../resourceType";
import { changeApplication, findApplication } from "./graphObjects";

/** `azuread.ApplicationIdentifierUri`: one of an application's URIs. The others stay unchanged. */
export const identifierUri: ResourceType = {
  inputs: ["applicationId", "identifierUri"],
  replaceOn: "all",

  async create(azure, inputs) {
    const uri = text(inputs, "identifierUri");
    await changeApplication(azure, inputs.applicationId, ({ identifierUris }) => {
      if (identifierUris.includes(uri))
        throw new Error(`a resource with the identifier URI ${uri} already exists, and needs to be imported`);
      return { identifierUris: [...identifierUris, uri] };
    });
    const read = await findApplication(azure, inputs.applicationId);
    if (!read?.identifierUris.includes(uri)) throw new ForgottenError(`the identifier URI ${uri}`);
    return { id: `${inputs.applicationId}/identifierUris/${Buffer.from(uri).toString("base64")}`, outputs: inputs };
  },

  delete: (azure, { inputs }) =>
    changeApplication(azure, inputs.applicationId, ({ identifierUris }) => {
      const kept = identifierUris.filter((uri) => uri !== inputs.identifierUri);
      if (kept.length === identifierUris.length)
        throw new Error(`deleting ${inputs.identifierUri}: could not identify existing identifier URI`);
      return { identifierUris: kept };
    }),

  async read(azure, id) {
    const [, applicationId = "", encoded = ""] = /^(\/applications\/[^/]+)\/identifierUris\/(.+)$/.exec(id) ?? [];
    const uri = Buffer.from(encoded, "base64").toString();
    const application = await findApplication(azure, applicationId);
    return application?.identifierUris.includes(uri) ? { applicationId, identifierUri: uri } : undefined;
  },
};
