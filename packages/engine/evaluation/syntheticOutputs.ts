import { createHash } from "node:crypto";
import { graphRoleIds, microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import { nameOf } from "./evaluatedResource";

/** Who deploys, and where to. */
export const deployer = { tenantId: guid("tenant"), objectId: guid("deployer"), clientId: guid("deployer", "client") };

/** What only Azure could know of a new resource: made up, and the same for the same resource. */
export function syntheticOutputs(
  urn: string,
  type: string,
  inputs: Record<string, unknown>,
): { id: string } & Record<string, unknown> {
  switch (type.split(":").at(-1)) {
    case "Application":
    case "ApplicationRegistration":
      return {
        id: `/applications/${guid(urn, "object")}`,
        objectId: guid(urn, "object"),
        clientId: guid(urn, "client"),
      };
    case "ServicePrincipal":
      return {
        id: `/servicePrincipals/${guid(urn)}`,
        objectId: guid(urn),
        ...(inputs.clientId === microsoftGraph ? { appRoleIds: graphRoleIds() } : {}),
      };
    case "ApplicationPassword":
      return { id: guid(urn), keyId: guid(urn), value: "not known offline" };
    case "ApplicationCertificate":
      return { id: guid(urn), keyId: guid(urn) };
    case "UserAssignedIdentity":
      return { id: urn, name: inputs.resourceName, principalId: guid(urn), clientId: guid(urn, "client") };
    case "Vault": {
      const properties = { ...(inputs.properties as object), vaultUri: `https://${inputs.vaultName}.vault.azure.net/` };
      return {
        id: `/subscriptions/${guid("subscription")}/vaults/${inputs.vaultName}`,
        name: inputs.vaultName,
        properties,
      };
    }
    case "Secret": {
      const properties = { ...(inputs.properties as object), secretUri: `offline:${nameOf(urn)}` };
      return { id: urn, name: inputs.secretName, properties };
    }
    case "ResourceGroup":
      return { id: urn, name: inputs.resourceGroupName };
    case "RandomUuid":
      return { id: guid(urn), result: guid(urn) };
    case "RandomString":
      return { id: urn, result: guid(urn).replaceAll("-", "").slice(0, Number(inputs.length)) };
    default:
      return { id: guid(urn) };
  }
}

export function guid(...words: string[]): string {
  const hex = createHash("sha256").update(words.join("/")).digest("hex");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, "$1-$2-4$3-8$4-$5");
}
