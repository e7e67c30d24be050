import { z } from "zod";
import { nameTemplate } from "../components/resourceNames";
import { defaultRotation } from "../components/rotation";
import {
  actionGroupId,
  authority,
  azureRegion,
  isoDate,
  kubernetesName,
  kubernetesNamespace,
  privateDnsZoneId,
  serviceName,
  stackName,
  subnetId,
  tagName,
  tokenIssuer,
  vaultName,
  workspaceId,
} from "../packages/validation/formats";
import { limits } from "../packages/validation/limits";
import { publicAddress } from "../packages/validation/publicAddress";
import { guid, matching, prose, within } from "../packages/validation/schemas";
import { cloudNames } from "../packages/well-known/clouds";

/** YAML reads a date without quotes as a time, and the CLI passes it on as midnight of that day. This removes the time. */
const date = z
  .string()
  .transform((value) => value.replace(/(T00:00:00Z| 00:00:00 \+0000 UTC)$/, ""))
  .refine(isoDate.accepts, { error: isoDate.allowed })
  .meta({ format: "date" });

const credential = z.enum(["secret", "certificate", "federated"]);

const account = z.strictObject({
  issuer: matching(tokenIssuer).describe("The issuer of the cluster's tokens: on AKS oidcIssuerProfile.issuerUrl."),
  namespace: matching(kubernetesNamespace).describe("The namespace of the service account."),
  serviceAccount: matching(kubernetesName).describe("The name of the service account."),
});

const tags = z
  .record(matching(tagName), z.string().max(limits.tagValue))
  .refine((given) => Object.keys(given).length <= limits.tags, { error: `at most ${limits.tags} tags` })
  .optional();

const registration = z
  .strictObject({
    serviceManagementReference: prose(limits.reason)
      .optional()
      .describe("The service in the company's catalogue of services, which some tenants make compulsory."),
    notes: prose(limits.notes).optional().describe("For people who look at the registration in Entra."),
    owners: z
      .array(guid())
      .max(limits.owners)
      .optional()
      .describe(
        "Object ids of people who own the registrations in addition to the deployer: they can add secrets to them.",
      ),
  })
  .optional();

const service = z.strictObject({
  tags: tags.describe("Tags of the service's resources in Azure; they override tags of the stack with the same name."),
  registration: registration.describe(
    "Properties of the service's registration that a tenant may require; they replace the stack's.",
  ),
  credential: credential.optional().describe("How the service signs in to Entra. Default: the stack's setting."),
  certificateFile: z
    .string()
    .min(1)
    .optional()
    .describe('For the credential "certificate": the PEM file of the public certificate, relative to the project.'),
  vaultName: matching(vaultName)
    .optional()
    .describe("The name of the service's vault, for example of an existing one. Default: a generated name."),
  workload: z
    .strictObject({
      kubernetes: z
        .union([account, z.array(account).min(1).max(limits.federatedCredentials)], {
          error: `a service account, or a list of 1 to ${limits.federatedCredentials}`,
        })
        .describe(
          `The service accounts whose pods run as the service: one, or a list of at most ${limits.federatedCredentials}.`,
        ),
    })
    .optional()
    .describe("Where the service runs. Default: where Azure assigns its managed identity."),
  workloadDeployer: guid()
    .optional()
    .describe(
      "The object id of the service principal that deploys the service's workload: it may assign the managed identity, and therefore run code as the service. Default: none.",
    ),
  revoked: z
    .strictObject({
      times: z
        .int({ error: "a whole number from 1" })
        .min(1, { error: "a whole number from 1" })
        .describe("Increase it to revoke the service's secrets and issue a new one."),
      reason: prose(limits.reason).describe("What happened."),
    })
    .optional()
    .describe("Revokes the service's client secrets, for example after a leak."),
});

const vault = z.strictObject({
  authorization: z
    .enum(["accessPolicies", "migrating", "rbac"])
    .optional()
    .describe(
      "What controls access to secrets. accessPolicies (default): the vault's access policies. rbac: Azure role assignments. migrating: access policies, but the role assignments are already created; deploy it between the other two.",
    ),
  readerRole: guid()
    .optional()
    .describe(
      "With rbac and migrating: the GUID of the role that a service gets on its vault, as the bootstrap prints it. Default: Key Vault Secrets User, which can also list secrets.",
    ),
  publicNetworkAccess: z
    .enum(["enabled", "disabled"])
    .optional()
    .describe("disabled: secrets can be read only through private endpoints. Default: enabled."),
  privateEndpoint: z
    .strictObject({
      subnet: matching(subnetId).describe("The resource id of the subnet of the private endpoints."),
      dnsZone: matching(privateDnsZoneId)
        .optional()
        .describe("The resource id of the private DNS zone privatelink.vaultcore.azure.net. Default: none."),
    })
    .optional()
    .describe("A private endpoint for each vault. Default: none."),
  diagnostics: z
    .strictObject({
      workspace: matching(workspaceId).describe("The resource id of the Log Analytics workspace."),
    })
    .optional()
    .describe("The destination of the vaults' audit logs. Default: none."),
  retentionDays: within(limits.retentionDays)
    .optional()
    .describe(
      `Days for which a deleted vault or secret can be recovered. Default ${limits.retentionDays.most}. Cannot be changed once a vault exists.`,
    ),
  purgeProtection: z
    .boolean()
    .optional()
    .describe(
      "Nobody can purge a deleted vault or secret before its retention ends. Cannot be turned off later. Default true.",
    ),
  network: z
    .strictObject({
      ipRules: z
        .array(matching(publicAddress))
        .max(limits.ipRules)
        .optional()
        .describe("Public IPv4 addresses, or ranges of them."),
      subnets: z.array(matching(subnetId)).max(limits.subnets).optional().describe("Resource ids of subnets."),
    })
    .optional()
    .describe("The only networks that can read secrets. Default: all networks."),
});

/** The settings in `Pulumi.<stack>.yaml` under the project's name. */
export const schema = z.strictObject({
  location: matching(azureRegion).describe("The Azure region."),
  rotation: z
    .strictObject(
      {
        since: date.describe("The first day of the landscape: no secret belongs to an earlier rotation window."),
        periodDays: z
          .int({ error: "a whole number" })
          .default(defaultRotation.periodDays)
          .describe("Days from one client secret to the next."),
        overlapDays: z
          .int({ error: "a whole number" })
          .default(defaultRotation.overlapDays)
          .describe("Days for which the previous secret stays valid alongside the new one."),
        validityDays: z
          .int({ error: "a whole number" })
          .default(defaultRotation.validityDays)
          .describe(`Days until a client secret expires; at most ${limits.secretValidityDays}.`),
      },
      { error: "keys and values: since, and optionally periodDays, overlapDays and validityDays" },
    )
    .describe("How client secrets rotate."),
  credential: credential
    .exclude(["certificate"])
    .default("secret")
    .describe("How services sign in to Entra, unless a service has its own setting."),
  tags: tags.describe("Tags of every resource in Azure, by name. Default: none."),
  registration: registration.describe(
    "Properties, set on every registration, that some tenants require. Default: none.",
  ),
  names: z
    .strictObject({
      resourceGroup: matching(nameTemplate("resourceGroup"))
        .optional()
        .describe("Default: rg-{landscape}-{environment}."),
      identity: matching(nameTemplate("identity")).optional().describe("Default: id-{service}-{environment}."),
      registration: matching(nameTemplate("registration")).optional().describe("Default: {service}-{environment}."),
      vault: matching(nameTemplate("vault"))
        .optional()
        .describe("Without the hyphen and the six random characters after it. Default: {service}."),
    })
    .optional()
    .describe(
      "Templates of the names in Entra and Azure. All but the registrations' are fixed once the stack is deployed.",
    ),
  vault: vault.optional().describe("Settings of the services' vaults."),
  alarms: z
    .strictObject({
      actionGroup: matching(actionGroupId).describe(
        "The resource id of the action group of Azure Monitor that is notified.",
      ),
    })
    .optional()
    .describe(
      "Alarms of Azure when a secret expires, and, with vault.diagnostics, when the daily run stopped. Default: none.",
    ),
  services: z.record(z.string(), service).optional().describe("Settings of individual services, by name."),
  production: z
    .boolean()
    .default(false)
    .describe("The stack is production: the review applies the rules for production to it."),
  protect: z.boolean().default(false).describe("Protects registrations, identities and vaults from deletion."),
  listedPermissions: z
    .enum(["all", "outside"])
    .default("all")
    .describe(
      "Which granted roles the registrations list in the portal: all, or only those of APIs outside the landscape. The grants are the same.",
    ),
  separateConsent: z
    .boolean()
    .default(false)
    .describe(
      "The identity in ARM_CLIENT_ID makes the grants; those in azuread:clientId and azure-native:clientId do everything else.",
    ),
  owner: guid()
    .optional()
    .describe("The object id of the owner of the service principals: the registrar. Default: the deployer."),
  cloud: z
    .enum(cloudNames)
    .optional()
    .describe("The cloud of the tenant and the subscription. Default: the authority's; without one, public."),
  authority: matching(authority)
    .optional()
    .describe("The authority that issues the tenant's tokens, for example of a local Azure. Default: the cloud's."),
  landscapeFile: z
    .string()
    .min(1)
    .optional()
    .describe("A YAML file with a landscape, instead of one in TypeScript. The path is relative to the project."),
  landscape: matching(serviceName)
    .default("shop")
    .describe("The landscape to deploy: a name in stacks/landscapes.ts, or a name for the landscape in landscapeFile."),
  stackReferences: z
    .record(matching(serviceName), matching(stackName))
    .optional()
    .describe(
      "The stacks of other landscapes that services here call, by landscape; for example finance: finance-prod.",
    ),
  date: date.optional().describe("The day to deploy for, instead of today: for tests and replays."),
});

export type Settings = z.output<typeof schema>;
export type ServiceSetting = z.output<typeof service>;

/**
 * The JSON Schema of a whole `Pulumi.<stack>.yaml`, with which editors complete and check it. It does not depend on the
 * project's name: for Pulumi, `location` means the same as `<project>:location`, which the CLI writes.
 */
export function settingsJsonSchema(): object {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
  const names = Object.keys(properties);
  const named = (name: string) => ({ $ref: `#/$defs/${name}` });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "The settings of a stack",
    type: "object",
    properties: {
      secretsprovider: {
        type: "string",
        description:
          "How secrets in the state are encrypted: passphrase, or a key like azurekeyvault://<vault>.vault.azure.net/keys/<key>.",
      },
      encryptedkey: { type: "string", description: "Written by Pulumi." },
      encryptionsalt: { type: "string", description: "Written by Pulumi." },
      environment: { description: "Pulumi ESC environments that the stack imports." },
      config: {
        type: "object",
        properties: Object.fromEntries(names.map((name) => [name, named(name)])),
        patternProperties: {
          ...Object.fromEntries(names.map((name) => [`${notOfAProvider}:${name}$`, named(name)])),
          // Providers check their own settings, such as azuread:clientId.
          "^[A-Za-z][A-Za-z0-9._-]*:": {},
        },
        additionalProperties: false,
        allOf: required.map((name) => ({
          if: { propertyNames: { not: { pattern: `${notOfAProvider}:${name}$` } } },
          // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
          then: { required: [name] },
        })),
      },
    },
    required: ["config"],
    additionalProperties: false,
    $defs: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, rewritten(property)])),
  };
}

/** When the CLI adds a key, it rewrites the file: booleans, numbers and dates become strings. */
function rewritten(value: unknown): unknown {
  const { type, format, description } = (value ?? {}) as { type?: unknown; format?: unknown; description?: unknown };
  const text =
    type === "boolean"
      ? { enum: ["true", "false"] }
      : format === "date"
        ? { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2} 00:00:00 \\+0000 UTC$" }
        : undefined;
  return text ? { ...(description ? { description } : {}), anyOf: [value, text] } : value;
}

/** Matches the namespace of the project's own settings. */
const notOfAProvider = "^(?!(azuread|azure-native|random|pulumi):)[A-Za-z][A-Za-z0-9._-]*";
