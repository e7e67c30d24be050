import type { Finder, Json, Search } from "./finder";

/** What Resource Manager knows, by type. */
export const azureFinders = {
  async ResourceGroup(search, wanted) {
    const group = await search.tenant.resource(
      `${subscriptionOf(search)}/resourceGroups/${wanted.resourceGroupName}`,
      "2024-03-01",
    );
    return group && { id: `${group.id}`, properties: { location: group.location } };
  },

  async UserAssignedIdentity(search, wanted) {
    const id = `${subscriptionOf(search)}/resourceGroups/${wanted.resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${wanted.resourceName}`;
    const identity = await search.tenant.resource(id, "2023-01-31");
    if (!identity) return undefined;
    const { principalId, clientId } = identity.properties as Json;
    return { id: `${identity.id}`, properties: { location: identity.location }, learned: { principalId, clientId } };
  },

  async Vault(search, wanted) {
    const id = `${subscriptionOf(search)}/resourceGroups/${wanted.resourceGroupName}/providers/Microsoft.KeyVault/vaults/${wanted.vaultName}`;
    const vault = await search.tenant.resource(id, "2024-11-01");
    if (!vault) return undefined;
    const { properties } = wanted as { properties: Json };
    const actual = vault.properties as Json;
    const judged = Object.keys(properties).filter((property) => property in actual);
    return {
      id: `${vault.id}`,
      properties: Object.fromEntries(judged.map((property) => [property, actual[property]])),
      wanted: properties,
    };
  },
} satisfies Readonly<Record<string, Finder>>;

const subscriptionOf = ({ tenant }: Search): string => `/subscriptions/${tenant.subscriptionId}`;
