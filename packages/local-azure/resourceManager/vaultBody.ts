import { z } from "zod";
import { secretPermissions } from "../keyVault/vault";
import { readOnly } from "./readOnly";

const text = z.string();
/** An access policy of a vault, as it is written. */
export const accessPolicy = z.strictObject({
  tenantId: z.guid(),
  objectId: z.guid(),
  applicationId: z.guid().optional(),
  permissions: z.strictObject({
    secrets: z.array(z.enum([...secretPermissions, "all"])).optional(),
    keys: z.array(text).optional(),
    certificates: z.array(text).optional(),
    storage: z.array(text).optional(),
  }),
});

/** What PUT of a vault takes. */
export const vaultBody = z.strictObject({
  ...readOnly,
  location: text.min(1),
  tags: z.record(text, text).nullish(),
  properties: z.strictObject({
    tenantId: z.guid(),
    sku: z.strictObject({ family: z.literal("A"), name: z.enum(["standard", "premium"]) }),
    accessPolicies: z.array(accessPolicy).max(1024).optional(),
    createMode: z.enum(["default", "recover"]).optional(),
    enabledForDeployment: z.boolean().optional(),
    enabledForDiskEncryption: z.boolean().optional(),
    enabledForTemplateDeployment: z.boolean().optional(),
    /** Azure takes only `true`: what is on cannot be taken back, and what is off is left out. */
    enablePurgeProtection: z
      .literal(true, { error: 'The property "enablePurgeProtection" cannot be set to false' })
      .optional(),
    enableRbacAuthorization: z.boolean().optional(),
    enableSoftDelete: z.boolean().optional(),
    networkAcls: z
      .strictObject({
        bypass: z.enum(["AzureServices", "None"]).optional(),
        defaultAction: z.enum(["Allow", "Deny"]).optional(),
        ipRules: z
          .array(z.strictObject({ value: text }))
          .max(1000)
          .optional(),
        virtualNetworkRules: z
          .array(z.strictObject({ id: text, ignoreMissingVnetServiceEndpoint: z.boolean().optional() }))
          .max(200)
          .optional(),
      })
      .optional(),
    provisioningState: text.optional(),
    hsmPoolResourceId: text.nullish(),
    privateEndpointConnections: z.array(z.unknown()).optional(),
    publicNetworkAccess: text.optional(),
    softDeleteRetentionInDays: z.int().min(7).max(90).optional(),
    vaultUri: text.optional(),
  }),
});

export type VaultProperties = z.output<typeof vaultBody>["properties"];

/** What PATCH of a vault takes: only what changes. */
export const vaultChanges = z.strictObject({
  ...readOnly,
  tags: z.record(text, text).nullish(),
  properties: vaultBody.shape.properties.partial().optional(),
});
