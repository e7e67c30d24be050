import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { armVersions } from "../armVersions";
import { type AzureClient, finds, isNotFound, unlessGone } from "../azureClient";
import type { Properties, ProviderFunction, ResourceType } from "./resourceType";

const groupPath = (azure: AzureClient, inputs: Properties): string =>
  `/subscriptions/${azure.deployer.ARM_SUBSCRIPTION_ID}/resourceGroups/${inputs.resourceGroupName}`;
const vaultPath = (azure: AzureClient, inputs: Properties): string =>
  `${groupPath(azure, inputs)}/providers/Microsoft.KeyVault/vaults/${inputs.vaultName}`;

const endpointPath = (azure: AzureClient, inputs: Properties): string =>
  `${groupPath(azure, inputs)}/providers/Microsoft.Network/privateEndpoints/${inputs.privateEndpointName}`;

/** A type of resources in Resource Manager. */
export interface ArmResourceType extends ResourceType {
  readonly apiVersion: string;
  /** The id of the resource with these inputs. */
  path(azure: AzureClient, inputs: Properties): string;
  /** What Azure itself adds to the output `properties`. Default: nothing. */
  readonly addedProperties?: readonly string[];
}

/** A resource of Resource Manager that is written with one PUT and deleted at its address. */
function armType(given: {
  readonly inputs: readonly string[];
  readonly apiVersion: string;
  readonly path: (azure: AzureClient, inputs: Properties) => string;
  readonly addedProperties?: readonly string[];
  readonly body: (inputs: Properties) => Properties;
  /** Inputs that Azure returns under `properties`; they become outputs of the resource itself. */
  readonly flat?: boolean;
  readonly replaceOn: ResourceType["replaceOn"];
  /** The outputs' names in the SDK, where they differ from those in the answer. */
  readonly withSdkNames?: (properties: Properties) => Properties;
  readonly withDefaults?: (inputs: Properties) => Properties;
  readonly remove?: ResourceType["delete"];
}): ArmResourceType {
  const shown = ({ properties, ...rest }: Properties): Properties => {
    const named = given.withSdkNames?.(properties as Properties) ?? properties;
    return { ...rest, ...(given.flat ? (named as Properties) : { properties: named }) };
  };
  const put = async (azure: AzureClient, path: string, inputs: Properties): Promise<Properties> => {
    let answer = await azure.resourceManager("PUT", path, given.apiVersion, given.body(inputs));
    while (
      ["RegisteringDns", "Creating", "Updating"].includes(String((answer.properties as Properties)?.provisioningState))
    ) {
      await delay(10);
      answer = await azure.resourceManager("GET", path, given.apiVersion);
    }
    return shown(answer);
  };
  return {
    inputs: given.inputs,
    apiVersion: given.apiVersion,
    path: given.path,
    addedProperties: given.addedProperties,
    replaceOn: given.replaceOn,
    deletesBeforeReplace: (azure, before, after) => given.path(azure, before) === given.path(azure, after),
    async create(azure, inputs) {
      const whole = given.withDefaults?.(inputs) ?? inputs;
      const path = given.path(azure, whole);
      // The real provider never overwrites a resource that it did not create.
      if (await finds(azure.resourceManager("GET", path, given.apiVersion)))
        throw new Error(`cannot create already existing resource '${path}'`);
      const outputs = await put(azure, path, whole);
      return { id: String(outputs.id), outputs };
    },
    update: (azure, { id }, inputs) => put(azure, id, inputs),
    async read(azure, id) {
      try {
        return shown(await azure.resourceManager("GET", id, given.apiVersion));
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    delete: given.remove ?? ((azure, { id }) => unlessGone(azure.resourceManager("DELETE", id, given.apiVersion))),
  };
}

const ruleProperties = [
  "displayName",
  "description",
  "severity",
  "enabled",
  "scopes",
  "windowSize",
  "evaluationFrequency",
  "criteria",
  "autoMitigate",
  "skipQueryValidation",
  "actions",
] as const;

export const azureNativeTypes: Record<string, ArmResourceType> = {
  "azure-native:resources:ResourceGroup": armType({
    inputs: ["resourceGroupName", "location", "tags"],
    apiVersion: armVersions.resourceGroup,
    path: groupPath,
    body: ({ location, tags }) => ({ location, tags }),
    replaceOn: ["resourceGroupName", "location"],
  }),

  "azure-native:managedidentity:UserAssignedIdentity": armType({
    inputs: ["resourceGroupName", "resourceName", "location", "tags"],
    apiVersion: armVersions.identity,
    path: (azure, inputs) =>
      `${groupPath(azure, inputs)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${inputs.resourceName}`,
    body: ({ location, tags }) => ({ location, tags }),
    flat: true,
    replaceOn: ["resourceGroupName", "resourceName", "location"],
  }),

  "azure-native:managedidentity:FederatedIdentityCredential": armType({
    inputs: [
      "resourceGroupName",
      "resourceName",
      "federatedIdentityCredentialResourceName",
      "issuer",
      "subject",
      "audiences",
    ],
    apiVersion: armVersions.identity,
    path: (azure, inputs) =>
      `${groupPath(azure, inputs)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${inputs.resourceName}/federatedIdentityCredentials/${inputs.federatedIdentityCredentialResourceName}`,
    body: ({ issuer, subject, audiences }) => ({ properties: { issuer, subject, audiences } }),
    flat: true,
    replaceOn: ["resourceGroupName", "resourceName", "federatedIdentityCredentialResourceName"],
  }),

  "azure-native:keyvault:Vault": armType({
    inputs: ["resourceGroupName", "vaultName", "location", "properties", "tags"],
    apiVersion: armVersions.vault,
    path: vaultPath,
    body: ({ location, properties, tags }) => ({ location, properties: properties as Properties, tags }),
    addedProperties: ["vaultUri", "provisioningState", "hsmPoolResourceId", "privateEndpointConnections"],
    replaceOn: ["resourceGroupName", "vaultName", "location"],
  }),

  "azure-native:keyvault:Secret": armType({
    inputs: ["resourceGroupName", "vaultName", "secretName", "properties", "tags"],
    apiVersion: armVersions.vault,
    path: (azure, inputs) => `${vaultPath(azure, inputs)}/secrets/${inputs.secretName}`,
    body: ({ properties, tags }) => ({ properties: withWireNames(properties as Properties), tags }),
    withSdkNames: withSecretNames,
    addedProperties: ["secretUri", "secretUriWithVersion"],
    replaceOn: ["resourceGroupName", "vaultName", "secretName"],
    async remove() {
      // Resource Manager cannot delete secrets, and the deployer has no rights in the vault, so the secret stays.
      throw new Error(
        "a secret is deleted with its vault: give the resource `deletedWith`, or delete it in the vault by hand",
      );
    },
  }),

  "azure-native:network:PrivateEndpoint": armType({
    inputs: ["resourceGroupName", "privateEndpointName", "location", "tags", "subnet", "privateLinkServiceConnections"],
    apiVersion: armVersions.network,
    path: endpointPath,
    body: ({ location, tags, subnet, privateLinkServiceConnections = [] }) => ({
      location,
      tags,
      properties: {
        subnet: nested(subnet as Properties),
        privateLinkServiceConnections: (privateLinkServiceConnections as Properties[]).map(
          ({ name, ...properties }) => ({
            name,
            properties,
          }),
        ),
      },
    }),
    replaceOn: ["resourceGroupName", "privateEndpointName", "location", "subnet"],
  }),

  "azure-native:network:PrivateDnsZoneGroup": armType({
    inputs: ["resourceGroupName", "privateEndpointName", "privateDnsZoneGroupName", "privateDnsZoneConfigs"],
    apiVersion: armVersions.network,
    path: (azure, inputs) => `${endpointPath(azure, inputs)}/privateDnsZoneGroups/${inputs.privateDnsZoneGroupName}`,
    body: ({ privateDnsZoneConfigs = [] }) => ({
      properties: {
        privateDnsZoneConfigs: (privateDnsZoneConfigs as Properties[]).map(({ name, ...properties }) => ({
          name,
          properties,
        })),
      },
    }),
    replaceOn: ["resourceGroupName", "privateEndpointName", "privateDnsZoneGroupName"],
  }),

  "azure-native:monitor:DiagnosticSetting": armType({
    inputs: ["resourceUri", "name", "workspaceId", "logs", "metrics"],
    apiVersion: armVersions.diagnosticSetting,
    path: (_azure, inputs) => `${inputs.resourceUri}/providers/Microsoft.Insights/diagnosticSettings/${inputs.name}`,
    body: ({ workspaceId, logs, metrics }) => ({ properties: { workspaceId, logs, metrics } }),
    flat: true,
    replaceOn: ["resourceUri", "name"],
  }),

  "azure-native:eventgrid:EventSubscription": armType({
    inputs: ["scope", "eventSubscriptionName", "eventDeliverySchema", "filter", "destination"],
    apiVersion: armVersions.eventSubscription,
    path: (_azure, inputs) =>
      `${inputs.scope}/providers/Microsoft.EventGrid/eventSubscriptions/${inputs.eventSubscriptionName}`,
    body: ({ eventDeliverySchema, filter, destination }) => {
      const { endpointType, ...properties } = destination as Properties;
      return { properties: { eventDeliverySchema, filter, destination: { endpointType, properties } } };
    },
    flat: true,
    replaceOn: ["scope", "eventSubscriptionName"],
  }),

  "azure-native:monitor:ScheduledQueryRule": armType({
    inputs: ["resourceGroupName", "ruleName", "location", "tags", "kind", ...ruleProperties],
    apiVersion: armVersions.scheduledQueryRule,
    path: (azure, inputs) =>
      `${groupPath(azure, inputs)}/providers/Microsoft.Insights/scheduledQueryRules/${inputs.ruleName}`,
    body: ({ location, tags, kind, ...inputs }) => ({
      location,
      tags,
      kind,
      properties: Object.fromEntries(ruleProperties.map((property) => [property, inputs[property]])),
    }),
    flat: true,
    replaceOn: ["resourceGroupName", "ruleName", "location"],
  }),

  "azure-native:authorization:RoleDefinition": armType({
    inputs: ["scope", "roleDefinitionId", "roleName", "roleType", "description", "permissions", "assignableScopes"],
    apiVersion: armVersions.roleDefinition,
    path: (_azure, inputs) =>
      `${inputs.scope}/providers/Microsoft.Authorization/roleDefinitions/${inputs.roleDefinitionId}`,
    body: ({ roleName, roleType, description, permissions, assignableScopes }) => ({
      properties: { roleName, type: roleType, description, permissions, assignableScopes },
    }),
    flat: true,
    replaceOn: ["scope", "roleDefinitionId"],
  }),

  "azure-native:authorization:RoleAssignment": armType({
    inputs: [
      "scope",
      "roleAssignmentName",
      "principalId",
      "principalType",
      "roleDefinitionId",
      "description",
      "condition",
      "conditionVersion",
    ],
    apiVersion: armVersions.roleAssignment,
    path: (_azure, inputs) =>
      `${inputs.scope}/providers/Microsoft.Authorization/roleAssignments/${inputs.roleAssignmentName}`,
    body: ({ principalId, principalType, roleDefinitionId, description, condition, conditionVersion }) => ({
      properties: { principalId, principalType, roleDefinitionId, description, condition, conditionVersion },
    }),
    flat: true,
    replaceOn: ["scope", "roleAssignmentName", "principalId", "principalType", "roleDefinitionId"],
    withDefaults: (inputs) => ({ ...inputs, roleAssignmentName: inputs.roleAssignmentName ?? randomUUID() }),
  }),
};

export const azureNativeFunctions: Record<string, ProviderFunction> = {
  async "azure-native:authorization:getClientConfig"(azure) {
    const { oid, tid } = await azure.claims();
    const { ARM_CLIENT_ID, ARM_SUBSCRIPTION_ID } = azure.deployer;
    return { clientId: ARM_CLIENT_ID, objectId: oid, tenantId: tid, subscriptionId: ARM_SUBSCRIPTION_ID };
  },
};

/** The SDK writes the properties of a referenced resource next to its id. */
const nested = ({ id, ...properties }: Properties): Properties => ({
  id,
  ...(Object.keys(properties).length > 0 ? { properties } : {}),
});

/** The SDK uses `expires` and `notBefore` for `exp` and `nbf` in the request. */
function withWireNames({ attributes, ...properties }: Properties): Properties {
  if (attributes === undefined) return properties;
  const { enabled, expires, notBefore } = attributes as { enabled?: boolean; expires?: number; notBefore?: number };
  return { ...properties, attributes: { enabled, exp: expires, nbf: notBefore } };
}

function withSecretNames({ attributes, ...properties }: Properties): Properties {
  if (attributes === undefined) return properties;
  const { exp: expires, nbf: notBefore, ...rest } = attributes as Properties;
  return { ...properties, attributes: { ...rest, expires, notBefore } };
}
