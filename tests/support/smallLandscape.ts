import { AzureClient } from "@microservice-identities/engine/deployment/azureClient";
import { ResourceOperations } from "@microservice-identities/engine/deployment/resourceOperations";
import type { RetryPolicy } from "@microservice-identities/engine/deployment/retry";
import type { StackState } from "@microservice-identities/engine/deployment/stackState";
import type { TestAzure } from "./azure";
import { guid } from "./mocks";

type Properties = Record<string, unknown>;

/**
 * The resources of two services, `api` and `caller`, and of the one call between them, as a program wants them: without
 * a program, so that hundreds of deployments take seconds.
 */
export async function deploySmallLandscape(azure: TestAzure, state: StackState, retries?: RetryPolicy): Promise<void> {
  const client = new AzureClient(azure.azure, retries);
  const operations = new ResourceOperations(client, state, () => {});
  const register = async (type: string, name: string, inputs: Properties, deletedWith = "") => {
    const urn = `urn:pulumi:dev::small::${type}::${name}`;
    const { id, outputs } = await operations.register({ urn, type, inputs, deletedWith, protect: false });
    return { urn, id, ...outputs } as Properties & { urn: string; id: string };
  };
  const azuread = (type: string, ...rest: [string, Properties, string?]) =>
    register(`azuread:index/${type[0]?.toLowerCase()}${type.slice(1)}:${type}`, ...rest);

  try {
    await register("azure-native:resources:ResourceGroup", "group", {
      resourceGroupName: "rg-small",
      location: "westeurope",
    });
    const service = async (name: string) => {
      const application = await azuread("ApplicationRegistration", name, {
        displayName: name,
        requestedAccessTokenVersion: 2,
      });
      const child = application.urn;
      const applicationId = application.id;
      const principal = await azuread(
        "ServicePrincipal",
        name,
        { clientId: application.clientId, appRoleAssignmentRequired: true, owners: [deployerObjectId(azure)] },
        child,
      );
      const identifierUri = `api://${application.clientId}`;
      await azuread("ApplicationIdentifierUri", name, { applicationId, identifierUri }, child);
      await azuread(
        "ApplicationAppRole",
        name,
        {
          applicationId,
          roleId: guid(name, "role"),
          value: "Things.Read",
          displayName: "Read",
          description: "Read",
          allowedMemberTypes: ["Application"],
        },
        child,
      );
      const vault = await register("azure-native:keyvault:Vault", name, {
        resourceGroupName: "rg-small",
        vaultName: `${name}-vault-1`,
        location: "westeurope",
        properties: { tenantId: azure.azure.tenantId, sku: { family: "A", name: "standard" } },
      });
      return { name, application, applicationId, principal, vault, identifierUri };
    };
    const [caller, api] = await Promise.all([service("caller"), service("api")]);
    await Promise.all([
      azuread(
        "ApplicationApiAccess",
        "call",
        {
          applicationId: caller.applicationId,
          apiClientId: api.application.clientId,
          roleIds: [guid("api", "role")],
        },
        caller.application.urn,
      ),
      azuread(
        "AppRoleAssignment",
        "call",
        {
          appRoleId: guid("api", "role"),
          principalObjectId: caller.principal.objectId,
          resourceObjectId: api.principal.objectId,
        },
        caller.application.urn,
      ),
    ]);
    await Promise.all(
      [caller, api].map(async ({ name, applicationId, application, vault }) => {
        const password = await azuread(
          "ApplicationPassword",
          name,
          { applicationId, displayName: "window 2026-11-01", endDate: "2027-04-30T00:00:00Z" },
          application.urn,
        );
        await register(
          "azure-native:keyvault:Secret",
          name,
          {
            resourceGroupName: "rg-small",
            vaultName: `${name}-vault-1`,
            secretName: "client-secret",
            properties: { value: password.value },
            tags: { keyId: password.keyId },
          },
          vault.urn,
        );
      }),
    );
    await operations.deleteUnwanted();
  } finally {
    await client.close();
  }
}

/** What `inventoryOf` says when exactly the small landscape is there. */
export const declared = {
  applications: [
    { name: "api", roles: ["Things.Read"], passwords: ["window 2026-11-01"], identifierUris: 1, apis: 0 },
    { name: "caller", roles: ["Things.Read"], passwords: ["window 2026-11-01"], identifierUris: 1, apis: 1 },
  ],
  principals: ["api", "caller"],
  assignments: ["caller → api"],
  groups: ["rg-small"],
  vaults: ["api-vault-1: client-secret", "caller-vault-1: client-secret"],
};
/** What it says when nothing is left. */
export const nothing = { applications: [], principals: [], assignments: [], groups: [], vaults: [] };

export async function destroyEverything(azure: TestAzure, state: StackState): Promise<void> {
  const client = new AzureClient(azure.azure);
  try {
    await new ResourceOperations(client, state, () => {}).deleteUnwanted();
  } finally {
    await client.close();
  }
}

function deployerObjectId(azure: TestAzure): string {
  const { tenant, deployer } = azure.azure;
  const found = [...tenant.servicePrincipals.values()].find(({ appId }) => appId === deployer.ARM_CLIENT_ID);
  return found?.id ?? "";
}

/** Everything that is in the tenant and the subscription, in words that two deployments have in common. */
export function inventoryOf({ azure: { tenant, subscription } }: TestAzure) {
  const applications = [...tenant.applications.values()].filter(({ displayName }) => displayName !== "deployer");
  const nameOf = (id: string) => tenant.servicePrincipals.get(id)?.displayName ?? "nobody";
  return {
    applications: applications
      .map(({ displayName, appRoles, passwordCredentials, identifierUris, properties }) => ({
        name: displayName,
        roles: appRoles.map(({ value }) => value),
        passwords: passwordCredentials.map((password) => password.displayName),
        identifierUris: identifierUris.length,
        apis: (properties.requiredResourceAccess as unknown[] | undefined)?.length ?? 0,
      }))
      .sort((one, other) => one.name.localeCompare(other.name)),
    principals: [...tenant.servicePrincipals.values()]
      .filter(({ appId }) => applications.some((application) => application.appId === appId))
      .map(({ displayName }) => displayName)
      .sort(),
    assignments: [...tenant.servicePrincipals.keys()]
      .flatMap((id) => tenant.assignmentsOf(id))
      .map(({ principalId, resourceId }) => `${nameOf(principalId)} → ${nameOf(resourceId)}`)
      .filter((call) => !call.startsWith("deployer ")),
    groups: [...subscription.groups.keys()],
    vaults: [...subscription.vaults.values()]
      .map(({ name, secrets }) => `${name}: ${[...secrets.keys()].join()}`)
      .sort(),
  };
}

/** Whether each vault's newest secret is one that Entra takes. */
export async function secretsWork(azure: TestAzure): Promise<boolean> {
  const { tenant, subscription } = azure.azure;
  const answers = await Promise.all(
    [...subscription.vaults.values()].map(async ({ name, secrets }) => {
      const application = [...tenant.applications.values()].find(
        ({ displayName }) => name === `${displayName}-vault-1`,
      );
      const { status } = await azure.askForToken({
        grant_type: "client_credentials",
        client_id: application?.appId ?? "",
        client_secret: secrets.get("client-secret")?.at(-1)?.value ?? "",
        scope: "https://vault.azure.net/.default",
      });
      return status === 200;
    }),
  );
  return answers.every(Boolean);
}
