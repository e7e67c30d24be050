import { type Assumption, verdict } from "../assumption";
import { errorOf } from "../lab";

export const uriWithTenantId: Assumption = {
  id: "C-21",
  sentence: "An application can be created with the identifier URI `api://{tenant id}/{name}` in one request.",
  reliesOn: "packages/local-azure/graph/applications.ts (`checkIdentifierUris`)",
  how: "Creates an application with such a URI.",
  async examine(lab) {
    const displayName = lab.name("uri");
    const identifierUris = [`api://${lab.tenancy.tenantId}/${displayName}`];
    const answer = await lab.graph("POST", "/applications", { displayName, identifierUris });
    return verdict(answer.status === 201, answer.status === 201 ? "201" : errorOf(answer));
  },
};
