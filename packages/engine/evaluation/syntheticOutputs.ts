import { createHash } from "node:crypto";
import { appRoleIdsOf, microsoftApiNamed } from "@microservice-identities/well-known/microsoftApis";
import { nameOf } from "./evaluatedResource";

/** Replaces every secret. */
export const syntheticSecret = "a secret that is not known offline";

/** The deployer and its tenant. */
export const deployer = { tenantId: guid("tenant"), objectId: guid("deployer"), clientId: guid("deployer", "client") };

/** Generated values for properties that only Azure knows, always the same for the same resource. */
export function syntheticOutputs(
  urn: string,
  type: string,
  inputs: Record<string, unknown>,
): { id: string } & Record<string, unknown> {
  // Types of other packages can have the same names.
  const kind = type.split(":").at(-1);
  if (!/^(azuread|azure-native|random):/.test(type)) return { id: guid(urn) };
  if (type.startsWith("azure-native:") && !/^azure-native:(managedidentity|keyvault|resources)[:/]/.test(type))
    return { id: guid(urn) };
  switch (kind) {
    case "Application":
      return {
        id: `/applications/${guid(urn, "object")}`,
        objectId: guid(urn, "object"),
        clientId: guid(urn, "client"),
        appRoleIds: idsByValue(inputs.appRoles),
        oauth2PermissionScopeIds: idsByValue(
          (inputs.api as { oauth2PermissionScopes?: unknown } | undefined)?.oauth2PermissionScopes,
        ),
      };
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
        ...(microsoftApiNamed(inputs.clientId) === undefined ? {} : { appRoleIds: appRoleIdsOf(inputs.clientId) }),
      };
    case "ApplicationPassword":
    case "ServicePrincipalPassword":
      return { id: guid(urn), keyId: guid(urn), value: syntheticSecret };
    case "ApplicationCertificate":
      return { id: guid(urn), keyId: guid(urn) };
    case "DirectoryRole":
    case "CustomDirectoryRole":
      return { id: guid(urn), objectId: guid(urn) };
    case "Group":
    case "User":
      return { id: `/${kind === "Group" ? "groups" : "users"}/${guid(urn)}`, objectId: guid(urn) };
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
      const secretUri = `offline:${nameOf(urn)}`;
      const properties = {
        ...(inputs.properties as object),
        secretUri,
        secretUriWithVersion: `${secretUri}/${guid(urn)}`,
      };
      return { id: urn, name: inputs.secretName, properties };
    }
    case "ResourceGroup":
      return { id: urn, name: inputs.resourceGroupName };
    case "RandomUuid":
      return { id: guid(urn), result: guid(urn) };
    case "RandomPassword":
      return { id: urn, result: syntheticSecret };
    case "RandomString":
      return { id: urn, result: guid(urn).replaceAll("-", "").slice(0, Number(inputs.length)) };
    default:
      return { id: guid(urn) };
  }
}

/**
 * A generated answer to a lookup of the program: always the same for the same arguments, and different for others.
 *
 * @throws Error for a function whose answer cannot be generated
 */
export function syntheticAnswer(token: string, args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const lookup = /^azuread:index\/get(\w+):get\1$/.exec(token)?.[1];
  if (token.endsWith(":getClientConfig")) return { id: "config", ...deployer, subscriptionId: guid("subscription") };
  if (lookup === undefined || !lookups.includes(lookup))
    throw new Error(`the review cannot answer ${token} offline: review the deployed state (--state)`);
  const { clientId, objectId } = args;
  const question = Object.entries(args)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const isByClientId = question.length === 1 && clientId !== undefined;
  const asked = isByClientId && lookup === "ServicePrincipal" ? `${clientId}` : `${lookup} ${JSON.stringify(question)}`;
  const id = `${objectId ?? guid(asked)}`;
  const isMicrosofts = lookup === "ServicePrincipal" && microsoftApiNamed(clientId) !== undefined;
  return { ...args, id, objectId: id, ...(isMicrosofts ? { appRoleIds: appRoleIdsOf(clientId) } : {}) };
}

/** Lookups of objects that a program refers to by object id and does not create. */
const lookups: readonly string[] = ["Application", "Group", "ServicePrincipal", "User"];

/** The ids of app roles and scopes by their values, as the azuread provider returns them. */
function idsByValue(of: unknown): Record<string, unknown> {
  const each = Array.isArray(of) ? (of as { readonly value?: unknown; readonly id?: unknown }[]) : [];
  return Object.fromEntries(each.map(({ value, id }) => [`${value}`, id]));
}

export function guid(...words: string[]): string {
  const hex = createHash("sha256").update(words.join("/")).digest("hex");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, "$1-$2-4$3-8$4-$5");
}
