import { type BodyRow, type Names, resource, tags } from "./bodyRows";

const policyOf = ({ tenant = "", servicePrincipals = "", appId }: Names) => ({
  ...{ tenantId: tenant, objectId: servicePrincipals, applicationId: appId },
  permissions: { secrets: ["get"], keys: ["get"], certificates: ["get"], storage: ["get"] },
});

const vaultProperties = (names: Names) => ({
  tenantId: names.tenant,
  sku: { family: "A", name: "standard" },
  accessPolicies: [policyOf(names)],
  ...{ enabledForDeployment: true, enabledForDiskEncryption: true, enabledForTemplateDeployment: true },
  ...{ enablePurgeProtection: true, enableRbacAuthorization: false, enableSoftDelete: true },
  networkAcls: {
    ...{ bypass: "AzureServices", defaultAction: "Deny" },
    ipRules: [{ value: "203.0.113.7" }],
    virtualNetworkRules: [
      {
        id: resource(names, "/providers/Microsoft.Network/virtualNetworks/n/subnets/s"),
        ignoreMissingVnetServiceEndpoint: true,
      },
    ],
  },
  ...{ createMode: "default", provisioningState: "Succeeded", vaultUri: "https://vault.localhost:443/" },
  ...{ hsmPoolResourceId: null, privateEndpointConnections: [], publicNetworkAccess: "Enabled" },
  softDeleteRetentionInDays: 90,
});

const secretBody = {
  contentType: "text/plain",
  attributes: { enabled: true, exp: 4_102_444_800, nbf: 1_700_000_000 },
  tags,
};

/** Vaults in Resource Manager, and their secrets. */
export const vaultBodies: readonly BodyRow[] = [
  [/^PUT .*\/vaults\/\{vault\}$/, (names) => ({ location: "westeurope", tags, properties: vaultProperties(names) })],
  [/^PATCH .*\/vaults\/\{vault\}$/, (names) => ({ tags, properties: vaultProperties(names) })],
  [/\/checkNameAvailability$/, () => ({ name: "orders", type: "Microsoft.KeyVault/vaults" })],
  [/\/accessPolicies\/\{operation\}$/, (names) => ({ properties: { accessPolicies: [policyOf(names)] } })],
  [
    /^PUT .*\/vaults\/\{vault\}\/secrets\/\{secret\}$/,
    () => ({ tags, properties: { value: "value", contentType: "text/plain", attributes: secretBody.attributes } }),
  ],
  [/\/purge$/],
  [/^PUT \/secrets\/\{name\}$/, () => ({ value: "value", ...secretBody })],
  [/^PATCH \/secrets\/\{name\}/, () => secretBody],
  [/\/(recover|backup)$/],
  [/\/secrets\/restore$/, ({ backup }) => ({ value: backup })],
];
