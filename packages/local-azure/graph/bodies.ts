import { z } from "zod";
import { badRequest } from "./graphError";

/** Graph accepts ids in any case, and returns them in lower case. */
const guid = z.guid().toLowerCase();
const dateTime = z.iso.datetime({ offset: true });
const nullableText = z.string().nullable();
const odataType = {
  "@odata.type": z
    .string()
    .regex(/^#?microsoft\.graph\.\w+$/)
    .optional(),
};
/** The type of a whole body. */
const typed = (name: string) => ({
  "@odata.type": z.enum([`#microsoft.graph.${name}`, `microsoft.graph.${name}`]).optional(),
});

/** Collections of Graph are sets. @param keyOf what must not occur twice. Default: the value itself */
const unique = <T extends z.ZodType>(type: T, keyOf: (value: z.output<T>) => unknown = (value) => value) =>
  z.array(type).refine((values) => new Set(values.map(keyOf)).size === values.length, {
    error: "it contains duplicate values",
  });

const webAddress = z.url({ protocol: /^https?$/, error: "not an http or https address" }).nullable();

/** https://learn.microsoft.com/entra/identity-platform/reply-url */
const redirectUri = z
  .url({ error: "not an absolute address" })
  .max(256)
  .refine((uri) => !uri.includes("#") && (!/^http:/i.test(uri) || isLocal(uri)), {
    error: "it must start with https or http://localhost, and have no fragment",
  });
const isLocal = (uri: string): boolean => ["localhost", "127.0.0.1", "[::1]"].includes(new URL(uri).hostname);
const redirectUris = unique(redirectUri);

/** Texts that Graph stores without interpreting them. */
const tags = unique(z.string().min(1).max(256));

/** The value of a role or scope in tokens. https://learn.microsoft.com/graph/api/resources/approle */
export const claimValue = /^(?!\.)[\w!#$%&'()*+,\-./:;=?@[\]^`{|}~]{1,120}$/;

/** Graph reads `"true"` as true. The az CLI's own example of app roles uses it. */
const lenientBoolean = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);

export const appRole = z.strictObject({
  ...odataType,
  allowedMemberTypes: unique(z.enum(["Application", "User"])).min(1),
  description: z.string().min(1),
  displayName: z.string().min(1),
  id: guid,
  isEnabled: lenientBoolean,
  /** Read-only. */
  origin: z.literal("Application").optional(),
  value: nullableText.default(null),
});

const scope = z.strictObject({
  ...odataType,
  adminConsentDescription: z.string(),
  adminConsentDisplayName: z.string(),
  id: guid,
  isEnabled: lenientBoolean,
  /** Read-only. */
  origin: z.literal("Application").optional(),
  type: z.enum(["Admin", "User"]),
  userConsentDescription: nullableText.optional(),
  userConsentDisplayName: nullableText.optional(),
  value: z.string().regex(claimValue),
});

const optionalClaim = z.strictObject({
  ...odataType,
  additionalProperties: unique(z.string().min(1)).default([]),
  essential: z.boolean().default(false),
  name: z.string().min(1),
  /** The azuread provider sends an empty text for none. */
  source: z.enum(["user", ""]).nullable().optional(),
});

const optionalClaims = z.strictObject({
  ...odataType,
  accessToken: unique(optionalClaim, ({ name }) => name).optional(),
  idToken: unique(optionalClaim, ({ name }) => name).optional(),
  saml2Token: unique(optionalClaim, ({ name }) => name).optional(),
});

const webLike = {
  homePageUrl: webAddress,
  implicitGrantSettings: z.strictObject({
    ...odataType,
    enableAccessTokenIssuance: z.boolean().nullable().optional(),
    enableIdTokenIssuance: z.boolean().nullable().optional(),
  }),
  logoutUrl: webAddress,
  redirectUris,
  redirectUriSettings: unique(
    z.strictObject({ ...odataType, uri: redirectUri, index: z.int32().min(0).nullable() }),
    ({ uri }) => uri,
  ),
};

/** One value or several, separated by commas. https://learn.microsoft.com/graph/api/resources/application#properties */
const groupMembershipClaims = z
  .string()
  .regex(
    /^(None|SecurityGroup|DirectoryRole|ApplicationGroup|All)(, ?(SecurityGroup|DirectoryRole|ApplicationGroup))*$/,
    {
      error: "allowed: None, SecurityGroup, DirectoryRole, ApplicationGroup, All",
    },
  );

const signInAudience = z.enum([
  "AzureADMyOrg",
  "AzureADMultipleOrgs",
  "AzureADandPersonalMicrosoftAccount",
  "PersonalMicrosoftAccount",
]);

/** `key` is the DER of a certificate, base64 with or without line breaks; Graph returns it as null, and accepts null for an existing key. */
const keyCredential = z.strictObject({
  ...odataType,
  customKeyIdentifier: z.string().min(1).nullable().optional(),
  displayName: nullableText.optional(),
  endDateTime: dateTime.optional(),
  key: z
    .string()
    .transform((text) => text.replace(/\s/g, ""))
    .pipe(z.base64())
    .nullable()
    .optional(),
  keyId: guid.optional(),
  startDateTime: dateTime.optional(),
  type: z.literal("AsymmetricX509Cert"),
  usage: z.literal("Verify"),
});

/** The body of POST and PATCH of an application. Secrets are not part of it, because they have separate actions. */
export const application = z.strictObject({
  ...typed("application"),
  /** Read-only; accepted if it is the id in the address. */
  id: guid.optional(),
  api: z
    .strictObject({
      ...odataType,
      acceptMappedClaims: z.boolean().nullable().optional(),
      knownClientApplications: unique(guid).optional(),
      oauth2PermissionScopes: unique(scope, ({ id }) => id).optional(),
      preAuthorizedApplications: unique(
        z.strictObject({ ...odataType, appId: guid, delegatedPermissionIds: unique(guid) }),
        ({ appId }) => appId,
      ).optional(),
      requestedAccessTokenVersion: z
        .union([z.literal(1), z.literal(2)])
        .nullable()
        .optional(),
    })
    .optional(),
  appRoles: z.array(appRole).optional(),
  description: nullableText.optional(),
  displayName: z.string().min(1).max(120).optional(),
  groupMembershipClaims: groupMembershipClaims.nullable().optional(),
  identifierUris: unique(z.string()).optional(),
  info: z
    .strictObject({
      ...odataType,
      marketingUrl: webAddress,
      privacyStatementUrl: webAddress,
      supportUrl: webAddress,
      termsOfServiceUrl: webAddress,
    })
    .partial()
    .optional(),
  isDeviceOnlyAuthSupported: z.boolean().nullable().optional(),
  keyCredentials: unique(keyCredential, ({ keyId }) => keyId ?? {}).optional(),
  isFallbackPublicClient: z.boolean().nullable().optional(),
  notes: nullableText.optional(),
  oauth2RequirePostResponse: z.boolean().nullable().optional(),
  optionalClaims: optionalClaims.nullable().optional(),
  publicClient: z
    .strictObject({ ...odataType, redirectUris })
    .partial()
    .optional(),
  requiredResourceAccess: unique(
    z.strictObject({
      ...odataType,
      resourceAppId: guid,
      resourceAccess: unique(
        z.strictObject({ ...odataType, id: guid, type: z.enum(["Role", "Scope"]) }),
        ({ id, type }) => `${type} ${id}`,
      ),
    }),
    ({ resourceAppId }) => resourceAppId,
  ).optional(),
  serviceManagementReference: nullableText.optional(),
  signInAudience: signInAudience.optional(),
  spa: z
    .strictObject({ ...odataType, redirectUris })
    .partial()
    .optional(),
  tags: tags.optional(),
  uniqueName: z.string().min(1).optional(),
  web: z
    .strictObject({ ...odataType, ...webLike })
    .partial()
    .optional(),
  "owners@odata.bind": unique(z.string().min(1)).optional(),
});

/** Graph chooses the id of a new application. */
export const newApplication = application.omit({ id: true });

/** Owners are bound when an object is created; later, each is added by a separate request. */
export const changedApplication = application.omit({ "owners@odata.bind": true });

export const addPassword = z.strictObject({
  passwordCredential: z
    .strictObject({
      ...odataType,
      displayName: nullableText.optional(),
      startDateTime: dateTime.optional(),
      endDateTime: dateTime.optional(),
    })
    .optional(),
});

export const removePassword = z.strictObject({ keyId: guid });

export const federatedIdentityCredential = z.strictObject({
  ...typed("federatedIdentityCredential"),
  audiences: z.array(z.string().min(1).max(600)).length(1),
  description: z.string().max(600).nullable().optional(),
  issuer: z.url().max(600),
  name: z.string().regex(/^[A-Za-z0-9][\w-]{0,119}$/),
  subject: z.string().min(1).max(600),
});

/** In beta, an expression over claims can replace the subject. */
export const flexibleCredential = federatedIdentityCredential.extend({
  subject: z.string().min(1).max(600).nullish(),
  claimsMatchingExpression: z
    .strictObject({ ...odataType, value: z.string().min(1).max(600), languageVersion: z.literal(1) })
    .nullish(),
});

export const servicePrincipal = z.strictObject({
  ...typed("servicePrincipal"),
  accountEnabled: z.boolean().optional(),
  alternativeNames: unique(z.string().min(1)).optional(),
  appId: guid.optional(),
  appRoleAssignmentRequired: z.boolean().optional(),
  description: nullableText.optional(),
  loginUrl: webAddress.optional(),
  notes: nullableText.optional(),
  notificationEmailAddresses: unique(z.email()).optional(),
  "owners@odata.bind": unique(z.string().min(1)).optional(),
  preferredSingleSignOnMode: z.enum(["password", "saml", "notSupported", "oidc"]).nullable().optional(),
  samlSingleSignOnSettings: z
    .strictObject({ ...odataType, relayState: nullableText.optional() })
    .nullable()
    .optional(),
  tags: tags.optional(),
});

export const changedPrincipal = servicePrincipal.omit({ "owners@odata.bind": true });

export const appRoleAssignment = z.strictObject({
  ...typed("appRoleAssignment"),
  appRoleId: guid,
  principalId: guid,
  resourceId: guid,
});

export const permissionGrant = z.strictObject({
  ...odataType,
  clientId: guid,
  consentType: z.enum(["AllPrincipals", "Principal"]),
  principalId: guid.nullish(),
  resourceId: guid,
  scope: z.string(),
});

export const permissionGrantChange = z.strictObject({ ...odataType, scope: z.string() });

/** The types of directory objects. https://learn.microsoft.com/graph/api/directoryobject-getbyids */
const objectTypes = [
  ...(["application", "servicePrincipal", "user", "group", "device", "directoryObject"] as const),
  ...(["orgContact", "administrativeUnit", "directoryRole"] as const),
] as const;

export const objectIds = z.strictObject({
  ids: z.array(guid).max(1000),
  types: z.array(z.enum(objectTypes)).optional(),
});

export const reference = z.strictObject({ "@odata.id": z.string() });

/** @throws GraphError that names the property */
export function parse<T>(type: z.ZodType<T>, body: unknown, resource: string): T {
  const parsed = type.safeParse(body);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const issue = (issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]) as z.core.$ZodIssue;
  if (issue.code === "unrecognized_keys") {
    throw badRequest(`Invalid property '${[...issue.path, issue.keys[0]].join(".")}' of resource '${resource}'.`);
  }
  if (issue.path.length === 0) throw badRequest(`The body is not one of resource '${resource}': ${issue.message}.`);
  throw badRequest(
    `Invalid value specified for property '${issue.path.join(".")}' of resource '${resource}': ${issue.message}.`,
  );
}
