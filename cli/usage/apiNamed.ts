import { clouds, firstParty } from "@microservice-identities/well-known/clouds";
import { microsoftApiIds, microsoftApiNamed } from "@microservice-identities/well-known/microsoftApis";
import { microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";

/** The client id behind what a scope names: `api://{client id}`, or the address of one of Microsoft's APIs in any cloud. */
export function apiNamed(given: string): string {
  const scope = given.replace(/\/+$/, "");
  for (const cloud of Object.values(clouds)) {
    if (scope === cloud.graph) return microsoftGraph;
    if (scope === cloud.keyVault) return firstParty.keyVault;
    if (scope === cloud.resourceManager || scope === cloud.resourceManagerClassic) return firstParty.resourceManager;
  }
  // `api://{tenant id}/{client id}` has two.
  return scope.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi)?.at(-1) ?? scope;
}

/** Microsoft's APIs for which every service gets tokens, without a grant. */
const withoutGrants: ReadonlyMap<string, string> = new Map([
  [firstParty.keyVault, "Azure Key Vault"],
  [firstParty.resourceManager, "Azure Resource Manager"],
  [firstParty.tokenExchange, "Azure AD Token Exchange"],
]);

/** The name of one of Microsoft's own APIs, by its client id; `undefined` for another one. */
export const microsoftName = (clientId: string): string | undefined =>
  withoutGrants.get(clientId.toLowerCase()) ?? microsoftApiNamed(clientId);

/** Whether a name is that of one of Microsoft's own APIs. */
export const isMicrosoftName = (name: string): boolean =>
  microsoftApiIds.has(name) || [...withoutGrants.values()].includes(name);
