import { type EvaluatedResource, unknownValue } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { changeLines, nothingChanges } from "../report/changeLines";
import { review } from "../review";
import { graph, landscape, own, policyOf, resource, vault } from "./support/landscape";

const today = "2026-11-25";
const elsewhere = "11111111-2222-4333-8444-555555555555";
const subscription = "/subscriptions/s";
const group = `${subscription}/resourceGroups/g`;
const roles = {
  certificateUser: "/x/db79e9a7-68ee-4b58-9aeb-b90e7c24fcba",
  contributor: "/x/b24988ac-6180-42a0-ab88-20f7382dd24c",
  cryptoUser: "/x/12338af0-0e69-4776-bea7-57ae8d297424",
  dataAccessAdministrator: "/x/8b54135c-b56d-4d72-a534-26097cfdc8d8",
  reader: "/x/acdd72a7-3385-48ef-bd42-f606fba81ae7",
  secretsUser: "/x/4633458b-17de-408a-b874-0445c86b69e6",
};

const base = landscape({}, [own]);
/** The two services, and these resources. */
const baseWith = (...more: readonly EvaluatedResource[]) => [...base, ...more];
const changed = (name: string, properties: Record<string, unknown>, more: Partial<EvaluatedResource> = {}) =>
  base.map((each) =>
    each.urn.endsWith(`::${name}`) ? { ...each, properties: { ...each.properties, ...properties }, ...more } : each,
  );
const vaultWith = (properties: Record<string, unknown>) =>
  changed("caller-vault", {
    properties: { enableRbacAuthorization: false, accessPolicies: [policyOf("i-caller", "get")], ...properties },
  });
const application = (more: Record<string, unknown>, api: Record<string, unknown> = {}) =>
  resource("Application", "x", {
    displayName: "x",
    clientId: "x",
    api: { requestedAccessTokenVersion: 2, ...api },
    ...more,
  });
const named = (displayName: string) =>
  resource("ApplicationRegistration", "x", { displayName, clientId: "x", requestedAccessTokenVersion: 2 });
const principal = (more: Record<string, unknown>) =>
  resource("ServicePrincipal", "x", { clientId: elsewhere, objectId: "p-x", appRoleAssignmentRequired: true, ...more });
const people = (name: string, more: Record<string, unknown> = {}) =>
  resource("Group", name, { displayName: name, objectId: `g-${name}`, ...more });
const member = (name: string, of: string, who: string) =>
  resource("GroupMember", name, { groupObjectId: `g-${of}`, memberObjectId: who });
const assigned = (roleDefinitionId: string, scope: string, more: Record<string, unknown> = {}) =>
  resource("RoleAssignment", "x", { principalId: "i-caller", roleDefinitionId, scope, ...more });
const eligible = (roleDefinitionId: string, scope: string, principalId = "i-caller") =>
  resource("azure-native:authorization:PimRoleEligibilitySchedule", "x", { principalId, roleDefinitionId, scope });
const custom = (permission: Record<string, readonly string[]>, roleName = "Custom") =>
  resource("RoleDefinition", "custom", { roleName, permissions: [permission] });
const reads = resource("RoleAssignment", "reads", {
  principalId: "g-a",
  roleDefinitionId: roles.reader,
  scope: subscription,
});
const certificate = (name: string, value: string) =>
  resource("ApplicationCertificate", name, {
    applicationId: "api-application",
    endDate: "2027-01-01T00:00:00Z",
    value,
  });
const trust = (name: string, service: string, subject: string) =>
  resource("ApplicationFederatedIdentityCredential", name, {
    applicationId: `${service}-application`,
    issuer: "https://login.microsoftonline.com/t/v2.0",
    subject,
    audiences: ["api://AzureADTokenExchange"],
  });
const provider = (name: string, parent: string) =>
  resource("pulumi:providers:azuread", name, { tenantId: elsewhere }, { parent });
const delegated = (more: Record<string, unknown>) =>
  resource("ServicePrincipalDelegatedPermissionGrant", "x", {
    servicePrincipalObjectId: "p-caller",
    resourceServicePrincipalObjectId: "p-graph",
    ...more,
  });
/** The two services with `team` as their owner. */
const owned = base.map((each) =>
  each.type.endsWith(":ServicePrincipal") ? { ...each, properties: { ...each.properties, owners: ["team"] } } : each,
);

const microsoftGraphId = "00000003-0000-0000-c000-000000000000";
const requested = (id: unknown, resourceAppId: string = microsoftGraphId) => [
  { resourceAppId, resourceAccesses: [{ id, type: "Scope" }] },
];

type Case = readonly [
  what: string,
  expected: string,
  after: readonly EvaluatedResource[],
  before?: readonly EvaluatedResource[],
];

/** Changes with their most severe new finding. */
const found: readonly Case[] = [
  // Registrations and service principals
  [
    "known client applications of an API",
    "high not-judged",
    baseWith(application({}, { knownClientApplications: [elsewhere] })),
  ],
  ["claims that a policy can map", "high not-judged", baseWith(application({}, { mappedClaimsEnabled: true }))],
  [
    "the implicit flow",
    "medium public-client",
    changed("api-application", { implicitAccessTokenIssuanceEnabled: true }),
  ],
  ["an application from another tenant", "medium outside-application", baseWith(principal({}))],
  [
    "an owner of an existing service principal",
    "high foreign-owner",
    baseWith(principal({ useExisting: true, owners: ["mallory"] })),
  ],
  [
    "an owner of Microsoft Graph",
    "high foreign-owner",
    baseWith({ ...graph, properties: { ...graph.properties, owners: ["mallory"] } }),
  ],
  [
    "a new service with an owner other than the team",
    "medium foreign-owner",
    [...owned, application({ owners: ["mallory"] })],
    owned,
  ],
  [
    "an enabled service principal that was disabled",
    "medium handed-over",
    changed("api-principal", { accountEnabled: true }),
    changed("api-principal", { accountEnabled: false }),
  ],
  [
    "a pre-authorized client from outside the stack",
    "high delegated-grant",
    baseWith(
      resource("ApplicationPreAuthorized", "x", {
        applicationId: "api-application",
        authorizedClientId: elsewhere,
        permissionIds: [elsewhere],
      }),
    ),
  ],
  [
    "an assignment without a role",
    "high undeclared-role",
    baseWith(
      resource("AppRoleAssignment", "x", {
        principalObjectId: "p-caller",
        resourceObjectId: "p-api",
        appRoleId: "00000000-0000-0000-0000-000000000000",
      }),
    ),
  ],
  [
    "a role for a group",
    "high outside-principal",
    baseWith(
      people("a"),
      resource("AppRoleAssignment", "x", { principalObjectId: "g-a", resourceObjectId: "p-api", appRoleId: "r" }),
    ),
  ],
  // Names that look alike
  ["the name of another service with a space", "high shared-name", baseWith(named("caller "))],
  ["the name of another service with a Cyrillic letter", "high shared-name", baseWith(named("c\u0430ller"))],
  [
    "the name of another service in only Cyrillic letters",
    "high shared-name",
    [
      ...base,
      resource("ApplicationRegistration", "y", {
        displayName: "\u0441\u043e\u0440\u0443",
        clientId: "y",
        requestedAccessTokenVersion: 2,
      }),
      named("copy"),
    ],
  ],
  ["the name of another service with a zero-width character", "high shared-name", baseWith(named("cal\u200bler"))],
  ["the name of another service in wide letters", "high shared-name", baseWith(named("\uff43aller"))],
  ["the name of Microsoft Graph with a Greek letter", "high shared-name", baseWith(named("Micr\u03bfsoft Graph"))],
  ["a name in two alphabets", "high shared-name", baseWith(named("billing-\u0430pi"))],
  // Groups
  [
    "a member of a nested group with rights",
    "high group-member",
    baseWith(people("a"), people("b"), reads, member("nested", "a", "g-b"), member("x", "b", "p-caller")),
    baseWith(people("a"), people("b"), reads, member("nested", "a", "g-b")),
  ],
  [
    "an owner of a group with rights",
    "high handed-over",
    baseWith(people("a", { owners: ["mallory"] }), reads),
    baseWith(people("a"), reads),
  ],
  [
    "a group that everybody can join",
    "high not-judged",
    baseWith(people("a", { types: ["Unified"], visibility: "Public" })),
  ],
  ["a Microsoft 365 group without a visibility", "high not-judged", baseWith(people("a", { types: ["Unified"] }))],
  [
    "a group whose members are not declared with it",
    "high not-judged",
    baseWith(resource("GroupWithoutMembers", "a", { displayName: "a", assignableToRole: true })),
  ],
  ["unknown members", "high unknown-value", baseWith(people("a", { members: unknownValue("is encrypted") }))],
  ["an unknown member", "high unknown-value", baseWith(people("a", { members: [unknownValue("is encrypted")] }))],
  ["unknown owners", "high unknown-value", baseWith(application({ owners: unknownValue("is encrypted") }))],
  // Azure roles
  ["an eligible reader of every vault", "high broad-deployer", baseWith(eligible(roles.secretsUser, subscription))],
  [
    "an eligible reader of a vault from outside the stack",
    "high unknown-reader",
    baseWith(eligible(roles.secretsUser, "caller-vault", "mallory")),
  ],
  [
    "a reader of every vault with a condition that is always true",
    "high broad-deployer",
    baseWith(assigned(roles.secretsUser, subscription, { condition: "true" })),
  ],
  [
    "a reader of certificates, which contain secrets",
    "high unknown-reader",
    baseWith(assigned(roles.certificateUser, "caller-vault", { principalId: "mallory" })),
  ],
  [
    "a user of keys",
    "high unknown-reader",
    baseWith(assigned(roles.cryptoUser, "caller-vault", { principalId: "mallory" })),
  ],
  [
    "a party that can make others readers",
    "high unknown-reader",
    baseWith(assigned(roles.dataAccessAdministrator, "caller-vault", { principalId: "mallory" })),
  ],
  [
    "a reader of certificates in its own vault",
    "high vault-rights",
    baseWith(assigned(roles.certificateUser, "caller-vault")),
  ],
  ["an eligible Contributor", "high broad-deployer", baseWith(eligible(roles.contributor, group, "mallory"))],
  [
    "Reader at the whole tenant, with spaces around the scope",
    "high broad-deployer",
    baseWith(assigned(roles.reader, " / ")),
  ],
  [
    "a custom role whose name ends with Reader",
    "medium broad-deployer",
    baseWith(custom({ actions: ["Microsoft.KeyVault/vaults/write"] }, "Team Reader"), assigned("custom", group)),
    baseWith(custom({ actions: ["Microsoft.KeyVault/vaults/write"] }, "Team Reader")),
  ],
  ["a custom role that reads all data", "medium powerful-role", baseWith(custom({ dataActions: ["*/read"] }))],
  [
    "a custom role that reads blobs",
    "medium powerful-role",
    baseWith(custom({ dataActions: ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"] })),
  ],
  [
    "a custom role that excludes only the actions that the rule knows",
    "high powerful-role",
    baseWith(custom({ actions: ["*"], notActions: ["Microsoft.Authorization/*", "Microsoft.KeyVault/*"] })),
  ],
  [
    "a custom role that lists keys",
    "medium powerful-role",
    baseWith(custom({ actions: ["Microsoft.Storage/storageAccounts/listKeys/action"] })),
  ],
  [
    "a workload with an unknown identity",
    "high unknown-value",
    baseWith(resource("azure-native:web:WebApp", "x", { identity: unknownValue("is encrypted") })),
  ],
  [
    "a workload that runs as a service",
    "medium handed-over",
    baseWith(
      resource("azure-native:web:WebApp", "x", {
        identity: { type: "UserAssigned", userAssignedIdentities: ["caller-identity"] },
      }),
    ),
  ],
  // Vaults
  ["a vault for another tenant", "high handed-over", vaultWith({ tenantId: elsewhere }), vaultWith({ tenantId: "t" })],
  ["a vault that changes to Azure RBAC", "medium handed-over", vaultWith({ enableRbacAuthorization: true })],
  ["a vault that templates can read", "medium template-reader", vaultWith({ enabledForTemplateDeployment: true })],
  ["a vault that virtual machines can read", "medium template-reader", vaultWith({ enabledForDeployment: true })],
  [
    "a recovered vault with unknown access policies",
    "high not-judged",
    baseWith(resource("Vault", "x", { properties: { createMode: "recover", enableRbacAuthorization: false } })),
  ],
  ["unknown access policies", "high unknown-value", vaultWith({ accessPolicies: unknownValue("is encrypted") })],
  [
    "unknown permissions of an access policy",
    "high unknown-value",
    vaultWith({ accessPolicies: [{ objectId: "i-caller", permissions: unknownValue("is encrypted") }] }),
  ],
  // Credentials
  [
    "a certificate without an end",
    "high long-certificate",
    baseWith(
      resource("ServicePrincipalCertificate", "x", {
        servicePrincipalId: "p-api",
        value: "-----BEGIN CERTIFICATE-----",
      }),
    ),
  ],
  [
    "the certificate of somebody else",
    "high handed-over",
    baseWith(certificate("c", "mallory's")),
    baseWith(certificate("c", "ours")),
  ],
  [
    "one more certificate",
    "medium handed-over",
    baseWith(certificate("c", "ours"), certificate("d", "mallory's")),
    baseWith(certificate("c", "ours")),
  ],
  [
    "a service that trusts the identity of another service",
    "medium handed-over",
    baseWith(trust("x", "api", "i-caller")),
  ],
  [
    "one identity that can sign in as two services",
    "high outside-trust",
    baseWith(trust("x", "caller", "i-caller"), trust("y", "api", "i-caller")),
    baseWith(trust("x", "caller", "i-caller")),
  ],
  ["a secret whose end is not a date", "high long-secret", changed("caller-secret", { endDate: "soon" })],
  [
    "a secret with an end that the provider ignores",
    "high long-secret",
    changed("caller-secret", { endDate: undefined, endDateRelative: "10h" }),
  ],
  [
    "an unknown inline password of an application",
    "high long-secret",
    baseWith(application({ password: unknownValue("is encrypted") })),
  ],
  [
    "a secret in plain text",
    "high plain-secret",
    baseWith(
      resource("azure-native:keyvault:Secret", "x", { properties: { value: "a secret that is not known offline" } }),
    ),
  ],
  // Delegated grants
  [
    "a grant for one person, who may be an administrator",
    "high delegated-grant",
    baseWith(graph, delegated({ userObjectId: elsewhere, claimValues: ["Directory.ReadWrite.All"] })),
  ],
  [
    "a grant with unknown scopes",
    "high unknown-value",
    baseWith(graph, delegated({ claimValues: unknownValue("is encrypted") })),
  ],
  // Options that decide how a resource is created
  [
    "a provider with the name of Pulumi's default provider",
    "high other-provider",
    baseWith(provider("default_6_9_1", "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev")),
  ],
  [
    "a provider whose name begins like that of Pulumi's default provider",
    "high other-provider",
    baseWith(provider("defaults", "")),
  ],
  [
    "another provider of a resource",
    "medium handed-over",
    changed("api-principal", {}, { options: { provider: "other" } }),
  ],
  [
    "a provider for another cloud",
    "high other-provider",
    baseWith(resource("pulumi:providers:azuread", "x", { environment: "china" })),
  ],
  [
    "a provider that reads the tenant from another environment variable",
    "high other-provider",
    baseWith(
      resource(
        "pulumi:providers:azuread",
        "mine",
        {},
        { options: { envVarMappings: { OTHER_TENANT: "ARM_TENANT_ID" } } },
      ),
    ),
  ],
  [
    "a provider with another metadata host",
    "high other-provider",
    baseWith(resource("pulumi:providers:azuread", "x", { metadataHost: "example.org" })),
  ],
  [
    "a delegated scope that a registration requests",
    "medium requested-scope",
    baseWith(application({ requiredResourceAccesses: requested(elsewhere) })),
  ],
  [
    "an unknown delegated scope",
    "medium requested-scope",
    baseWith(application({ requiredResourceAccesses: requested(unknownValue("is encrypted")) })),
  ],
  [
    "a delegated scope that is requested separately",
    "medium requested-scope",
    baseWith(
      resource("ApplicationApiAccess", "x", {
        applicationId: "caller-application",
        apiClientId: microsoftGraphId,
        scopeIds: [elsewhere],
      }),
    ),
  ],
  [
    "another version of a plugin",
    "high plugin-source",
    changed("api-principal", {}, { options: { version: "5.0.0" } }),
  ],
  [
    "an import of an existing resource",
    "medium taken-over",
    baseWith({ ...named("x"), options: { import: `/applications/${elsewhere}` } }),
  ],
  [
    "a grant whose end is not a date",
    "high prolonged-grant",
    landscape({ grant: { until: "never" } }, [own]),
    landscape({ grant: { until: "2027-01-01" } }, [own]),
  ],
];

/** Changes that do not widen access. Each is a line of the change, without a finding above low severity. */
const mild: readonly Case[] = [
  [
    "a provider for the public cloud",
    "+ pulumi:providers:azuread: x",
    baseWith(resource("pulumi:providers:azuread", "x", { environment: "public" })),
  ],
  [
    "a scope for sign-in",
    "~ x (azuread:index/application:Application): requiredResourceAccesses",
    baseWith(application({ requiredResourceAccesses: requested("E1FE6DD8-ba31-4d61-89e7-88639da4683d") })),
    baseWith(application({})),
  ],
  [
    "a scope of the stack's own API",
    "~ x (azuread:index/application:Application): requiredResourceAccesses",
    baseWith(application({ requiredResourceAccesses: requested(elsewhere, "api") })),
    baseWith(application({})),
  ],
  ...Object.entries({
    protect: true,
    retainOnDelete: true,
    ignoreChanges: ["tags"],
    deletedWith: "group",
    replaceOnChanges: ["displayName"],
    replacementTrigger: "2",
    deleteBeforeReplace: true,
    customTimeouts: { create: "1s" },
    additionalSecretOutputs: ["objectId"],
    hideDiffs: ["displayName"],
    replaceWith: ["api-application"],
    hooks: ["afterCreate"],
  }).map(
    ([option, value]): Case => [
      `the option ${option}`,
      `~ api-principal (azuread:index/servicePrincipal:ServicePrincipal): options.${option}`,
      changed("api-principal", {}, { options: { [option]: value } }),
    ],
  ),
  [
    "another alias",
    "~ api-principal (azuread:index/servicePrincipal:ServicePrincipal): options.aliases",
    changed("api-principal", {}, { options: { aliases: ["old"] } }),
  ],
  [
    "another output of the stack",
    "~ p-dev (pulumi:pulumi:Stack): more",
    baseWith(resource("pulumi:pulumi:Stack", "p-dev", { more: 1 }, { component: true })),
    baseWith(resource("pulumi:pulumi:Stack", "p-dev", {}, { component: true })),
  ],
  [
    "a default provider with the settings of the stack",
    "+ pulumi:providers:azuread: default_6_9_1",
    baseWith(provider("default_6_9_1", "")),
  ],
  [
    "a private Microsoft 365 group",
    "+ azuread:index/group:Group: a",
    baseWith(people("a", { types: ["Unified"], visibility: "Private" })),
  ],
  [
    "a group that the team owns, with rights",
    "+ team owns a",
    [...owned, people("a", { owners: ["team"] }), assigned(roles.reader, group, { principalId: "g-a" })],
    owned,
  ],
  [
    "a trust in the service's own identity",
    "+ credential of api: federated x",
    baseWith(
      resource("UserAssignedIdentity", "own", { name: "id-api", principalId: "i-own" }),
      trust("x", "api", "i-own"),
    ),
    baseWith(resource("UserAssignedIdentity", "own", { name: "id-api", principalId: "i-own" })),
  ],
  [
    "a lookup of an application from another tenant",
    "+ azuread:index/servicePrincipal:ServicePrincipal: x",
    baseWith(principal({ useExisting: true })),
  ],
  [
    "a name in one alphabet other than Latin",
    "+ service \u0437\u0430\u043a\u0430\u0437\u044b",
    baseWith(named("\u0437\u0430\u043a\u0430\u0437\u044b")),
  ],
  [
    "Reader of one resource group",
    "+ caller-workload has the Azure role Reader on /subscriptions/s/resourceGroups/g",
    baseWith(assigned(roles.reader, group)),
  ],
  [
    "a secret that is marked as secret",
    "+ azure-native:keyvault/v20260201:Secret: x",
    baseWith(
      resource(
        "azure-native:keyvault/v20260201:Secret",
        "x",
        { properties: { value: "a secret that is not known offline" } },
        { secrets: ["properties"] },
      ),
    ),
  ],
  [
    "a vault that is created, not recovered",
    "~ caller-vault (azure-native:keyvault/v20260201:Vault): properties.createMode",
    vaultWith({ createMode: "default" }),
  ],
];

const withBase = ([what, expected, after, before = base]: Case) => [what, expected, after, before] as const;

const judge = (after: readonly EvaluatedResource[], before: readonly EvaluatedResource[] = base) => {
  const { newFindings, change } = review(after, { today, before: { resources: before } });
  return { newFindings, lines: change ? changeLines(change) : [] };
};

describe("a change that widens access", () => {
  it.each(found.map(withBase))("is a finding: %s", (_what, expected, after, before) => {
    const { newFindings, lines } = judge(after, before);
    const [severity] = expected.split(" ");
    expect(newFindings.map((finding) => `${finding.severity} ${finding.rule}`)).toContain(expected);
    expect(newFindings[0]?.severity).toBe(severity);
    expect(lines).not.toContain(nothingChanges);
  });

  it.each(mild.map(withBase))(
    "is distinguished from other changes, which are only lines of the change: %s",
    (_what, line, after, before) => {
      const { newFindings, lines } = judge(after, before);
      expect(newFindings.filter(({ severity }) => severity !== "low")).toEqual([]);
      expect(lines).toContain(line);
    },
  );
});

describe("a certificate resource without an end date", () => {
  // Created with `openssl req -x509 -newkey ed25519 -days 30`. The private key is not stored.
  const pem = `-----BEGIN CERTIFICATE-----
MIIBMjCB5aADAgECAhRwV0FY0Ud3wY788Y2+ysm996KPXzAFBgMrZXAwDzENMAsG
A1UEAwwEdGVzdDAeFw0yNjExMjUyMTQ1NDRaFw0yNjEyMjUyMTQ1NDRaMA8xDTAL
BgNVBAMMBHRlc3QwKjAFBgMrZXADIQADNlO/BDnERLuzNnShmDxvUbmYzWz0ICYP
6Y9aGPyoqqNTMFEwHQYDVR0OBBYEFCOf+X2RhY7fg3iQYg+1YDYluEprMB8GA1Ud
IwQYMBaAFCOf+X2RhY7fg3iQYg+1YDYluEprMA8GA1UdEwEB/wQFMAMBAf8wBQYD
K2VwA0EAIOTfJHkaAQBntuWOpDXrjDPWPLtmNYVgoKe+2OHkNqduS2Xcm0VXYzKm
PMaWcRnll+IjuG2wnKYQQjSu/uKHDg==
-----END CERTIFICATE-----`;

  it("expires on the end date of the certificate itself", () => {
    const { model } = review(
      baseWith(resource("ApplicationCertificate", "x", { applicationId: "api-application", value: pem })),
      { today },
    );
    expect(model.credentials.find(({ name }) => name === "x")?.ends).toBe("2026-12-25");
  });
});

describe("a vault in a review", () => {
  it("has one line that names each changed property, and no line if it is unchanged", () => {
    const after = vaultWith({ softDeleteRetentionInDays: 7, networkAcls: { defaultAction: "Allow" } });
    expect(judge(after, baseWith()).lines).toEqual([
      "~ caller-vault (azure-native:keyvault/v20260201:Vault): properties.networkAcls, properties.softDeleteRetentionInDays",
    ]);
    expect(
      judge([
        ...base.filter(({ urn }) => !urn.endsWith("::caller-vault")),
        vault("caller-vault", policyOf("i-caller", "get")),
      ]).lines,
    ).toEqual([nothingChanges]);
  });
});
