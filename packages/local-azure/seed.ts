import { randomUUID } from "node:crypto";
import { z } from "zod";
import { addSecretVersion } from "./keyVault/vault";
import type { WorkloadEnvironment } from "./localAzure";
import type { VaultHosting } from "./resourceManager/armContext";
import type { ManagedIdentity, Subscription } from "./resourceManager/subscription";
import { createVault } from "./resourceManager/vaultLifecycle";
import type { Tenant } from "./tenant";

const name = z.string().regex(/^[A-Za-z0-9][\w-]{2,62}$/, { error: "allowed: 3 to 63 letters, digits, - and _" });
const grants = z.array(z.strictObject({ api: name, role: z.string().min(1) })).default([]);

/** The schema of a file for `--seed`. */
export const seedFile = z.strictObject({
  applications: z
    .array(
      z.strictObject({
        name,
        /** App roles that it exposes. */
        roles: z.array(z.string().min(1)).default([]),
        /** Roles of other applications that it holds. */
        grants,
        /** Whether only applications with a role get tokens for it. */
        assignmentRequired: z.boolean().default(true),
        tokenVersion: z.union([z.literal(1), z.literal(2)]).default(2),
        secret: z.boolean().default(true),
        federatedCredentials: z
          .array(
            z.strictObject({
              issuer: z.url(),
              subject: z.string().min(1),
              /** Default: the cloud's audience for token exchange. */
              audience: z.string().optional(),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
  resourceGroup: name.default("seed"),
  location: z.string().min(1).default("westeurope"),
  identities: z.array(z.strictObject({ name, grants })).default([]),
  vaults: z
    .array(
      z.strictObject({
        name: z.string().regex(/^(?!.*--)[a-z][a-z0-9-]{1,22}[a-z0-9]$/i, {
          error:
            "allowed: 3 to 24 letters, digits and single hyphens, beginning with a letter and not ending with a hyphen",
        }),
        /** Applications and identities that may read its secrets. */
        readers: z.array(name).default([]),
        secrets: z.record(z.string().regex(/^[0-9a-z-]{1,127}$/i), z.string()).default({}),
      }),
    )
    .default([]),
});
export type Seed = z.input<typeof seedFile>;

interface Place {
  readonly tenant: Tenant;
  readonly subscription: Subscription;
  readonly hosting: VaultHosting;
  readonly authority: string;
  readonly workloadHost: (identityIds: readonly string[]) => WorkloadEnvironment;
}

/**
 * Creates the objects of a seed in an empty Azure.
 *
 * @returns the environment variables of each application and identity, with which the Azure SDKs sign in as it
 * @throws z.ZodError if the seed does not match the schema, and Error if it uses a name that it does not define
 */
export async function plant(given: Seed, place: Place): Promise<Map<string, Record<string, string>>> {
  const { tenant, subscription, authority } = place;
  const { applications, resourceGroup, location, identities, vaults } = seedFile.parse(given);
  const principals = new Map<string, string>();
  const environments = new Map<string, Record<string, string>>();
  const group = `${subscription.path}/resourceGroups/${resourceGroup}`;
  subscription.groups.set(resourceGroup.toLowerCase(), { id: group, name: resourceGroup, location, tags: {} });

  for (const { name, roles, assignmentRequired, tokenVersion, secret, federatedCredentials } of applications) {
    const application = tenant.addApplication(name);
    application.requestedAccessTokenVersion = tokenVersion;
    tenant.setAppRoles(
      application,
      roles.map((value) => ({
        ...{ id: randomUUID(), value, displayName: value, description: value, isEnabled: true },
        allowedMemberTypes: ["Application"],
      })),
    );
    const appId = application.appId;
    const asked = { appId, displayName: name, appRoleAssignmentRequired: assignmentRequired };
    principals.set(name, tenant.addServicePrincipal(asked).id);
    tenant.setFederatedCredentials(
      application,
      "added",
      federatedCredentials.map(({ issuer, subject, audience }, index) => ({
        ...{ id: randomUUID(), name: `${name}-${index + 1}`, issuer, subject },
        ...{ audiences: [audience ?? tenant.cloud.tokenExchange], description: null },
      })),
    );
    environments.set(name, {
      AZURE_AUTHORITY_HOST: `${authority}/`,
      AZURE_TENANT_ID: tenant.id,
      AZURE_CLIENT_ID: appId,
      ...(secret ? { AZURE_CLIENT_SECRET: tenant.addPassword(application, { displayName: "seed" }).secretText } : {}),
    });
  }
  for (const { name } of identities) {
    const appId = randomUUID();
    const principal = tenant.addServicePrincipal({ appId, displayName: name, servicePrincipalType: "ManagedIdentity" });
    const id = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
    const identity: ManagedIdentity = {
      ...{ id, name, location, principalId: principal.id, clientId: appId, tags: {} },
      federatedCredentials: new Map(),
    };
    subscription.identities.set(id.toLowerCase(), identity);
    principals.set(name, principal.id);
    environments.set(name, { AZURE_CLIENT_ID: appId, ...place.workloadHost([id]) });
  }

  const principalOf = (named: string, where: string): string => {
    const found = principals.get(named);
    if (found !== undefined) return found;
    throw new Error(`${where} names ${named}; allowed: ${[...principals.keys()].join(", ")}`);
  };
  for (const { name, grants } of [...applications, ...identities]) {
    for (const { api, role } of grants) {
      const resource = tenant.servicePrincipals.get(principalOf(api, `grants of ${name}`));
      const found = resource && tenant.appRolesOf(resource).find(({ value }) => value === role);
      if (!resource || !found)
        throw new Error(
          `grants of ${name} name the role ${role}, which ${api} does not have: add it to the roles of ${api}, or correct the grant`,
        );
      tenant.assign(principalOf(name, name), resource.id, found.id);
    }
  }
  for (const { name, readers, secrets } of vaults) {
    const id = `${group}/providers/Microsoft.KeyVault/vaults/${name}`;
    const vault = await createVault({ subscription, hosting: place.hosting }, id, location);
    vault.properties = { tenantId: tenant.id, sku: { family: "A", name: "standard" } };
    vault.accessPolicies = readers.map((reader) => ({
      tenantId: tenant.id,
      objectId: principalOf(reader, `readers of ${name}`),
      permissions: { secrets: ["get"] },
    }));
    for (const [secret, value] of Object.entries(secrets))
      addSecretVersion(vault, secret, { value }, () => tenant.now.getTime());
    for (const reader of readers) Object.assign(environments.get(reader) ?? {}, { VAULT_URI: vault.uri });
  }
  return environments;
}
