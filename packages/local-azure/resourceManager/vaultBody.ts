import { z } from "zod";
import { secretPermissions } from "../keyVault/vault";
import { location, readOnly, tags } from "./readOnly";

const text = z.string();
/** Azure accepts these names in any case. */
const anyCase = (...names: readonly string[]) =>
  z.string().refine((given) => names.some((name) => name.toLowerCase() === given.toLowerCase()), {
    error: `allowed: ${names.join(", ")}`,
  });
const permissions = (names: readonly string[]) => z.array(anyCase(...names, "all")).optional();
const common = ["get", "list", "delete", "recover", "backup", "restore", "purge"];
const keyPermissions = [
  ...[
    ...common,
    "create",
    "import",
    "update",
    "encrypt",
    "decrypt",
    "wrapKey",
    "unwrapKey",
    "sign",
    "verify",
    "release",
  ],
  ...["rotate", "getRotationPolicy", "setRotationPolicy"],
];
const certificatePermissions = [
  ...[...common, "create", "import", "update", "manageContacts", "getIssuers", "listIssuers", "setIssuers"],
  ...["deleteIssuers", "manageIssuers"],
];
const storagePermissions = [...common, "set", "update", "regenerateKey", "getSas", "listSas", "deleteSas", "setSas"];

const subnetId = text.regex(/^\/subscriptions\/.*\/subnets\/[^/]+$/i, { error: "allowed: the id of a subnet" });

/** An access policy in the body of a request. */
export const accessPolicy = z.strictObject({
  tenantId: z.guid(),
  objectId: z.guid(),
  applicationId: z.guid().optional(),
  permissions: z.strictObject({
    secrets: permissions(secretPermissions),
    keys: permissions(keyPermissions),
    certificates: permissions(certificatePermissions),
    storage: permissions(storagePermissions),
  }),
});

/** The body of PUT of a vault. */
export const vaultBody = z.strictObject({
  ...readOnly,
  location,
  tags,
  properties: z.strictObject({
    tenantId: z.guid(),
    sku: z.strictObject({ family: z.literal("A"), name: text.toLowerCase().pipe(z.enum(["standard", "premium"])) }),
    accessPolicies: z.array(accessPolicy).max(1024).optional(),
    createMode: z.enum(["default", "recover"]).optional(),
    enabledForDeployment: z.boolean().optional(),
    enabledForDiskEncryption: z.boolean().optional(),
    enabledForTemplateDeployment: z.boolean().optional(),
    /** Azure accepts only `true`: purge protection cannot be turned off, and a vault without it omits the property. */
    enablePurgeProtection: z
      .literal(true, { error: 'The property "enablePurgeProtection" cannot be set to false' })
      .optional(),
    enableRbacAuthorization: z.boolean().optional(),
    /** Vaults without soft deletion can no longer be created. */
    enableSoftDelete: z.literal(true, { error: 'The property "enableSoftDelete" cannot be set to false' }).optional(),
    networkAcls: z
      .strictObject({
        bypass: z.enum(["AzureServices", "None"]).optional(),
        defaultAction: z.enum(["Allow", "Deny"]).optional(),
        ipRules: z
          .array(
            z.strictObject({ value: z.union([z.ipv4(), z.cidrv4()], { error: "allowed: an IPv4 address or range" }) }),
          )
          .max(1000)
          .optional(),
        virtualNetworkRules: z
          .array(z.strictObject({ id: subnetId, ignoreMissingVnetServiceEndpoint: z.boolean().optional() }))
          .max(200)
          .optional(),
      })
      .optional(),
    /** Read-only. */
    provisioningState: z.enum(["Succeeded", "RegisteringDns"]).optional(),
    /** Read-only, and here always empty. */
    hsmPoolResourceId: z.null().optional(),
    privateEndpointConnections: z.tuple([]).optional(),
    publicNetworkAccess: anyCase("Enabled", "Disabled").optional(),
    softDeleteRetentionInDays: z.int().min(7).max(90).optional(),
    vaultUri: text.optional(),
  }),
});

export type VaultProperties = z.output<typeof vaultBody>["properties"];

/** The body of PATCH of a vault: only the changed properties. */
export const vaultChanges = z.strictObject({
  ...readOnly,
  tags,
  properties: vaultBody.shape.properties.partial().optional(),
});
