import { z } from "zod";
import { defaultRotation } from "../components/rotation";
import {
  authority,
  azureRegion,
  isoDate,
  publicAddress,
  serviceName,
  stackName,
  subnetId,
  vaultName,
} from "../packages/validation/formats";
import { limits } from "../packages/validation/limits";
import { guid, matching, prose, within } from "../packages/validation/schemas";

/** YAML reads a date without quotes as a time, and the CLI hands it on as one: midnight, which is taken off again. */
const date = z
  .string()
  .transform((value) => value.replace(/(T00:00:00Z| 00:00:00 \+0000 UTC)$/, ""))
  .refine(isoDate.accepts, { error: isoDate.allowed })
  .meta({ format: "date" });

const credential = z.enum(["secret", "certificate", "federated"]);

const service = z.strictObject({
  credential: credential.optional().describe("How the service proves to Entra who it is. Default: the stack's."),
  certificateFile: z
    .string()
    .min(1)
    .optional()
    .describe('For the credential "certificate": the PEM file of the public certificate, relative to the project.'),
  vaultName: matching(vaultName)
    .optional()
    .describe("The name of the service's vault, as of one that is there already. Default: one that is made up."),
  revoked: z
    .strictObject({
      times: z.int().min(1).describe("One more reissues the service's secrets at once and ends the ones before."),
      reason: prose(limits.reason).describe("What happened."),
    })
    .optional()
    .describe("The service's client secrets have become known."),
});

const vault = z.strictObject({
  authorization: z
    .enum(["accessPolicies", "rbac"])
    .optional()
    .describe("Who decides over secrets: the vault's access policies (default), or Azure role assignments."),
  retentionDays: within(limits.retentionDays)
    .optional()
    .describe(
      `Days for which what is deleted can be recovered. Default ${limits.retentionDays.most}. Fixed once a vault exists.`,
    ),
  purgeProtection: z
    .boolean()
    .optional()
    .describe("Nobody can purge what was deleted before its time. Cannot be taken back. Default true."),
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
    .describe("From where secrets can be read; nowhere else. Default: anywhere."),
});

/** What `Pulumi.<stack>.yaml` may say under the project's name. */
export const schema = z.strictObject({
  location: matching(azureRegion).describe("The Azure region."),
  rotation: z
    .strictObject({
      since: date.describe("The day that the rotation counts from."),
      periodDays: z.int().default(defaultRotation.periodDays).describe("How often a client secret is renewed."),
      overlapDays: z.int().default(defaultRotation.overlapDays).describe("How long the one before stays valid."),
      validityDays: z
        .int()
        .default(defaultRotation.validityDays)
        .describe(`When a client secret ends; at most ${limits.secretValidityDays}.`),
    })
    .describe("How client secrets rotate."),
  credential: credential
    .exclude(["certificate"])
    .default("secret")
    .describe("How a service proves to Entra who it is, where it does not say otherwise."),
  vault: vault.optional().describe("How the services' vaults are kept."),
  services: z.record(z.string(), service).optional().describe("What differs from service to service, by name."),
  protect: z
    .boolean()
    .default(false)
    .describe("Registrations, identities and vaults cannot be deleted until this is taken off."),
  separateConsent: z
    .boolean()
    .default(false)
    .describe(
      "Grants are made by the identity in ARM_CLIENT_ID, everything else by those in azuread:clientId and azure-native:clientId.",
    ),
  owner: guid()
    .optional()
    .describe("The object id of who owns the service principals: the registrar's. Default: whoever deploys."),
  authority: matching(authority)
    .optional()
    .describe("Where the tenant's tokens come from: of a sovereign cloud, or of a local Azure."),
  landscapeFile: z
    .string()
    .min(1)
    .optional()
    .describe("A YAML file with a landscape, in place of the one written in TypeScript. Relative to the project."),
  landscape: matching(serviceName)
    .default("shop")
    .describe("The landscape that the stack deploys: one of stacks/landscapes.ts, or the name of the one in the file."),
  stackReferences: z
    .record(matching(serviceName), matching(stackName))
    .optional()
    .describe("The stacks of other landscapes that services here call, by landscape: finance: finance-prod."),
  date: date.optional().describe("The day to deploy for, in place of today: for tests and replays."),
});

export type Settings = z.output<typeof schema>;
export type ServiceSetting = z.output<typeof service>;

/**
 * The JSON Schema of a whole `Pulumi.<stack>.yaml`, for editors to complete and check it. It does not depend on the
 * project's name: `location` and `<project>:location` are the same to Pulumi, which writes the second.
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
          "What encrypts secrets in the state: passphrase, or a key like azurekeyvault://<vault>.vault.azure.net/keys/<key>.",
      },
      encryptedkey: { type: "string", description: "Written by Pulumi." },
      encryptionsalt: { type: "string", description: "Written by Pulumi." },
      environment: { description: "Pulumi ESC environments that the stack imports." },
      config: {
        type: "object",
        properties: Object.fromEntries(names.map((name) => [name, named(name)])),
        patternProperties: {
          ...Object.fromEntries(names.map((name) => [`${notOfAProvider}:${name}$`, named(name)])),
          // Settings of providers, as azuread:clientId, are theirs to check.
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

/** The CLI rewrites the file when it adds a key: then true or false, a number and a date are texts. */
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

/** The namespace of a setting that is the project's own. */
const notOfAProvider = "^(?!(azuread|azure-native|random|pulumi):)[A-Za-z][A-Za-z0-9._-]*";
