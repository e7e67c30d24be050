import { type BodyRow, type Names, resource, scheduleInfo, tags } from "./bodyRows";

const vaultPath = "/providers/Microsoft.KeyVault/vaults/vault";
const endpointPath = "/providers/Microsoft.Network/privateEndpoints/endpoint";
const workspace = "/providers/Microsoft.OperationalInsights/workspaces/w";
const actionGroup = "/providers/Microsoft.Insights/actionGroups/a";

const condition =
  "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))";

const roleAssignment = ({ subscription, servicePrincipals = "" }: Names) => ({
  properties: {
    roleDefinitionId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`,
    ...{ principalId: servicePrincipals, principalType: "ServicePrincipal", description: "reads" },
    ...{ condition, conditionVersion: "2.0" },
  },
});

const roleDefinition = ({ subscription }: Names) => ({
  properties: {
    ...{ roleName: "a role", type: "CustomRole", description: "role", roleType: "CustomRole" },
    assignableScopes: [`/subscriptions/${subscription}`],
    permissions: [
      {
        actions: ["Microsoft.KeyVault/vaults/read"],
        notActions: ["Microsoft.KeyVault/vaults/write"],
        dataActions: ["Microsoft.KeyVault/vaults/secrets/getSecret/action"],
        notDataActions: ["Microsoft.KeyVault/vaults/secrets/setSecret/action"],
      },
    ],
  },
});

const eligibility = ({ subscription, servicePrincipals = "" }: Names) => ({
  properties: {
    ...{ requestType: "AdminAssign", principalId: servicePrincipals, justification: "on call" },
    roleDefinitionId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`,
    scheduleInfo: scheduleInfo("NoExpiration"),
  },
});

/** Resource Manager, except for vaults. */
export const armBodies: readonly BodyRow[] = [
  [/\/register$/],
  [
    /^PUT .*\/resourceGroups\/\{group\}$/,
    () => ({ location: "westeurope", tags, managedBy: null, properties: { provisioningState: "Succeeded" } }),
  ],
  [/^PATCH .*\/resourceGroups\/\{group\}$/, () => ({ tags })],
  [
    /^(PUT|PATCH) .*\/userAssignedIdentities\/\{identity\}$/,
    (names) => ({
      location: "westeurope",
      tags,
      properties: {
        tenantId: names.tenant,
        principalId: names.identityPrincipal,
        clientId: names.identityClient,
        isolationScope: "None",
      },
    }),
  ],
  [
    /^PUT .*\/federatedIdentityCredentials\/\{credential\}$/,
    () => ({
      properties: { issuer: "https://issuer.test", subject: "subject", audiences: ["api://AzureADTokenExchange"] },
    }),
  ],
  [
    /\/privateEndpoints\/\{endpoint\}$/,
    (names) => ({
      location: "westeurope",
      tags,
      properties: {
        provisioningState: "Succeeded",
        subnet: {
          id: resource(names, "/providers/Microsoft.Network/virtualNetworks/n/subnets/s"),
          properties: { privateEndpointNetworkPolicies: "Disabled", privateLinkServiceNetworkPolicies: "Enabled" },
        },
        privateLinkServiceConnections: [
          {
            name: "vault",
            id: resource(names, `${endpointPath}/privateLinkServiceConnections/vault`),
            type: "Microsoft.Network/privateEndpoints/privateLinkServiceConnections",
            properties: { privateLinkServiceId: resource(names, vaultPath), groupIds: ["vault"] },
          },
        ],
      },
    }),
  ],
  [
    /\/privateDnsZoneGroups\/\{zones\}$/,
    (names) => ({
      properties: {
        provisioningState: "Succeeded",
        privateDnsZoneConfigs: [
          {
            name: "vault",
            properties: {
              privateDnsZoneId: resource(
                names,
                "/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net",
              ),
            },
          },
        ],
      },
    }),
  ],
  [
    /\/diagnosticSettings\/\{setting\}$/,
    (names) => ({
      properties: {
        workspaceId: resource(names, workspace),
        logs: [{ category: null, categoryGroup: "audit", enabled: true }],
        metrics: [{ category: "AllMetrics", categoryGroup: null, enabled: true }],
      },
    }),
  ],
  [
    /\/eventSubscriptions\/\{event\}$/,
    (names) => ({
      properties: {
        provisioningState: "Succeeded",
        eventDeliverySchema: "CloudEventSchemaV1_0",
        filter: { isSubjectCaseSensitive: false, includedEventTypes: ["Microsoft.KeyVault.SecretNearExpiry"] },
        destination: {
          endpointType: "MonitorAlert",
          properties: { severity: "Sev1", description: "alert", actionGroups: [resource(names, actionGroup)] },
        },
      },
    }),
  ],
  [
    /\/scheduledQueryRules\/\{rule\}$/,
    (names) => ({
      location: "westeurope",
      tags,
      kind: "LogAlert",
      properties: {
        displayName: "rule",
        description: "rule",
        severity: 1,
        enabled: true,
        scopes: [resource(names, workspace)],
        windowSize: "P1D",
        evaluationFrequency: "PT1H",
        criteria: {
          allOf: [
            {
              query: "AzureDiagnostics",
              timeAggregation: "Count",
              operator: "GreaterThan",
              threshold: 0,
              failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
            },
          ],
        },
        autoMitigate: true,
        skipQueryValidation: true,
        actions: { actionGroups: [resource(names, actionGroup)] },
      },
    }),
  ],
  [/\/roleAssignments\/\{name\}$/, roleAssignment],
  [/\/roleDefinitions\/\{name\}$/, roleDefinition],
  [/\/roleEligibilityScheduleRequests\/\{name\}$/, eligibility],
];
