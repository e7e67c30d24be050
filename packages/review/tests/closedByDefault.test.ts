import { type EvaluatedResource, unknownValue } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { settingsResource } from "@microservice-identities/engine/evaluation/stackSettings";
import { changeLines, nothingChanges } from "../report/changeLines";
import { type Review, review } from "../review";
import { reviewJson, savedReview } from "../savedReview";
import { graph, landscape, own, policyOf, resource } from "./support/landscape";

const today = "2026-11-25";
const elsewhere = "11111111-2222-4333-8444-555555555555";
const subscription = "/subscriptions/s";
const roles = {
  contributor: "/x/b24988ac-6180-42a0-ab88-20f7382dd24c",
  reader: "/x/acdd72a7-3385-48ef-bd42-f606fba81ae7",
  secretsUser: "/x/4633458b-17de-408a-b874-0445c86b69e6",
};
const github = "https://token.actions.githubusercontent.com";

type Resources = readonly EvaluatedResource[];
type Properties = Readonly<Record<string, unknown>>;

const settings = (values: Properties = {}, unknown: Readonly<Record<string, string>> = {}) =>
  settingsResource("p", "dev", { "Pulumi.yaml: runtime": '"nodejs"', ...values }, unknown);
const base: Resources = [...landscape({}, [own]), settings()];
const baseWith = (...more: Resources) => [...base, ...more];
const changed = (name: string, properties: Properties, more: Partial<EvaluatedResource> = {}, all = base) =>
  all.map((each) =>
    each.urn.endsWith(`::${name}`) ? { ...each, properties: { ...each.properties, ...properties }, ...more } : each,
  );
const without = (...parts: readonly string[]) => base.filter(({ urn }) => !parts.some((part) => urn.includes(part)));
const withSettings = (...of: Parameters<typeof settings>) => [...without("::settings"), settings(...of)];
const withOptions = (name: string, options: EvaluatedResource["options"]) => changed(name, {}, { options });
/** The resource as a child of a component, which has the same name but another URN. */
const inComponent = (component: string, { type, ...others }: EvaluatedResource): EvaluatedResource => ({
  ...others,
  type,
  urn: `urn:pulumi:dev::p::acme:index:${component}$${type}::${others.urn.split("::")[3]}`,
});
const assigned = (roleDefinitionId: string, scope: string) =>
  resource("RoleAssignment", "x", { principalId: "i-caller", roleDefinitionId, scope });
const application = (more: Properties) =>
  resource("Application", "x", {
    displayName: "x",
    clientId: "x",
    ...more,
    api: { requestedAccessTokenVersion: 2, ...(more.api as object | undefined) },
  });
const named = (displayName: string, name = "x") =>
  resource("ApplicationRegistration", name, { displayName, clientId: name, requestedAccessTokenVersion: 2 });
const trust = (more: Properties) =>
  resource("ApplicationFederatedIdentityCredential", "x", {
    applicationId: "api-application",
    issuer: github,
    subject: "repo:acme/shop:environment:prod",
    audiences: ["api://AzureADTokenExchange"],
    ...more,
  });
const identity = (name: string, more: Properties = {}) =>
  resource("UserAssignedIdentity", name, { name, principalId: `i-${name}`, ...more });
const partElsewhere = (kind: string, more: Properties = {}) =>
  baseWith(resource(kind, "x", { applicationId: `/applications/${elsewhere}`, ...more }));
const signsIn = (resourceName: string, more: Properties) =>
  resource("FederatedIdentityCredential", "x", { resourceName, ...more });
const scope = (type: string) =>
  application({ api: { oauth2PermissionScopes: [{ id: elsewhere, value: "all", type }] } });
const custom = (permissions: unknown) => baseWith(resource("RoleDefinition", "x", { permissions }));
const production = (isProduction: boolean) => resource("Landscape", "landscape", { production: isProduction });
const closedVault = {
  enableRbacAuthorization: false,
  enablePurgeProtection: true,
  publicNetworkAccess: "Disabled",
  accessPolicies: [policyOf("i-caller", "get")],
};
const productive = changed("caller-vault", { properties: closedVault }, {}, baseWith(production(true)));
const vaultWith = (more: Properties) =>
  changed("caller-vault", { properties: { ...closedVault, ...more } }, {}, productive);
const azure = (module: string, name: string, properties: Properties = {}) =>
  resource(`azure-native:${module}`, name, properties);
const storage = (properties: Properties) => azure("storage:StorageAccount", "x", properties);
const command = (create: string) => resource("command:local:Command", "x", { create });
const longSecret = (kind: string, more: Properties) =>
  resource(kind, "legacy", { endDate: "2099-01-01T00:00:00Z", ...more });
const provider = (of: string, properties: Properties) => resource(`pulumi:providers:${of}`, "x", properties);
const secret = "a secret that is not known offline";

type Case = readonly [what: string, expected: string, after: Resources, before?: Resources];

/** Changes that each cause a new finding. */
const found: readonly Case[] = [
  // Objects outside the stack
  [
    "a secret for somebody's application",
    "high outside-object",
    partElsewhere("ApplicationPassword", { endDate: "2027-01-01" }),
  ],
  [
    "a certificate for somebody's application",
    "high outside-object",
    partElsewhere("ApplicationCertificate", { endDate: "2027-01-01" }),
  ],
  [
    "a role of somebody's application",
    "high outside-object",
    partElsewhere("ApplicationAppRole", { roleId: "q", value: "X" }),
  ],
  [
    "a redirect address of somebody's application",
    "high outside-object",
    partElsewhere("ApplicationRedirectUris", { redirectUris: ["https://x"] }),
  ],
  [
    "an identifier URI of somebody's application",
    "high outside-object",
    partElsewhere("ApplicationIdentifierUri", { identifierUri: "api://x" }),
  ],
  [
    "a scope of somebody's application",
    "high outside-object",
    partElsewhere("ApplicationPermissionScope", { value: "all" }),
  ],
  [
    "a federated credential of somebody's application",
    "high outside-object",
    baseWith(trust({ applicationId: `/applications/${elsewhere}` })),
  ],
  [
    "a secret for Microsoft Graph",
    "high outside-object",
    baseWith(
      graph,
      resource("ServicePrincipalPassword", "x", { servicePrincipalId: "p-graph", endDate: "2027-01-01" }),
    ),
    baseWith(graph),
  ],
  [
    "a pipeline that signs in as somebody's managed identity",
    "high outside-trust",
    baseWith(signsIn("deployer", { issuer: github, subject: "repo:acme/x:environment:prod" })),
  ],
  [
    "a service that reads somebody's vault",
    "high outside-object",
    baseWith(
      identity("reads"),
      resource("AccessPolicy", "x", { vaultName: "theirs", policy: policyOf("i-reads", "get") }),
    ),
    baseWith(identity("reads")),
  ],
  [
    "a secret that is written into somebody's vault",
    "medium outside-object",
    baseWith(azure("keyvault/v20260201:Secret", "x", { vaultName: "theirs" })),
  ],
  [
    "a workload that runs as somebody's managed identity",
    "medium outside-object",
    baseWith(azure("web:WebApp", "x", { identity: { userAssignedIdentities: [`${subscription}/…/deployer`] } })),
  ],
  // Scopes
  [
    "Reader at a subscription whose id lacks the first slash",
    "medium broad-deployer",
    baseWith(assigned(roles.reader, "subscriptions/s")),
  ],
  [
    "Reader at a management group with repeated slashes in its id",
    "high broad-deployer",
    baseWith(assigned(roles.reader, "providers//Microsoft.Management/managementGroups/m")),
  ],
  ["a scope with an encoded letter", "high unknown-value", baseWith(assigned(roles.reader, "/%73ubscriptions/s"))],
  [
    "a scope with a query",
    "high unknown-value",
    baseWith(assigned(roles.reader, "/subscriptions/s?/resourceGroups/g")),
  ],
  [
    "a scope with .. in its path",
    "high unknown-value",
    baseWith(assigned(roles.reader, "/subscriptions/s/resourceGroups/g/../..")),
  ],
  [
    "a reader of every vault in a resource group whose name looks like a vault",
    "high broad-deployer",
    baseWith(azure("resources:ResourceGroup", "caller-vault"), assigned(roles.secretsUser, "caller-vault-group")).map(
      (each) => (each.type.endsWith(":ResourceGroup") ? { ...each, id: "caller-vault-group" } : each),
    ),
    baseWith(azure("resources:ResourceGroup", "caller-vault")),
  ],
  // Trust
  ["an issuer that begins like GitHub's", "high outside-trust", baseWith(trust({ issuer: `${github}.example.org` }))],
  [
    "an issuer with GitHub's address as the user name",
    "high outside-trust",
    baseWith(trust({ issuer: `${github}@example.org` })),
  ],
  [
    "a subject that is the name of an identity",
    "medium outside-trust",
    baseWith(trust({ issuer: "https://login.microsoftonline.com/t/v2.0", subject: "caller-workload" })),
  ],
  [
    "an identity of the stack in another tenant",
    "medium outside-trust",
    baseWith(
      identity("id-api", { tenantId: elsewhere }),
      trust({ issuer: "https://login.microsoftonline.com/theirs/v2.0", subject: "i-id-api" }),
    ),
  ],
  ["another audience", "medium handed-over", baseWith(trust({ audiences: ["api://other"] })), baseWith(trust({}))],
  // Tokens
  [
    "groups as roles in tokens",
    "high not-judged",
    baseWith(
      resource("ApplicationOptionalClaims", "x", {
        applicationId: "api-application",
        accessTokens: [{ name: "groups", additionalProperties: ["emit_as_roles"] }],
      }),
    ),
  ],
  [
    "groups as roles in an inline application",
    "high not-judged",
    baseWith(application({ optionalClaims: { accessTokens: [{ additionalProperties: ["EMIT_AS_ROLES"] }] } })),
    baseWith(application({})),
  ],
  ["unknown claims", "high not-judged", baseWith(application({ optionalClaims: unknownValue("is encrypted") }))],
  [
    "another redirect address",
    "medium handed-over",
    baseWith(application({ web: { redirectUris: ["https://other"] } })),
    baseWith(application({ web: { redirectUris: ["https://ours"] } })),
  ],
  [
    "a scope that no longer needs an administrator's consent",
    "medium delegated-scope",
    baseWith(scope("User")),
    baseWith(scope("Admin")),
  ],
  ["a role for people, in lower case", "medium user-role", changed("api-Read", { allowedMemberTypes: ["user"] })],
  // Access that Entra does not check
  [
    "a container that everybody can read",
    "high without-entra",
    baseWith(azure("storage:BlobContainer", "x", { publicAccess: "Blob" })),
  ],
  [
    "a registry that everybody can read",
    "medium without-entra",
    baseWith(azure("containerregistry:Registry", "x", { anonymousPullEnabled: true })),
  ],
  [
    "a registry with a password",
    "medium without-entra",
    baseWith(azure("containerregistry:Registry", "x", { adminUserEnabled: true })),
  ],
  ["a storage account with local users", "medium without-entra", baseWith(storage({ isLocalUserEnabled: true }))],
  [
    "account keys that are no longer disabled",
    "medium without-entra",
    baseWith(storage({})),
    baseWith(storage({ allowSharedKeyAccess: false })),
  ],
  [
    "a namespace with access keys",
    "medium without-entra",
    baseWith(azure("servicebus:Namespace", "x", { disableLocalAuth: false })),
    baseWith(azure("servicebus:Namespace", "x", { disableLocalAuth: true })),
  ],
  // Resources that the review does not understand, changed or removed
  ["a command that runs another program", "high unjudged-change", baseWith(command("curl")), baseWith(command("echo"))],
  ["a removed command", "high unjudged-change", base, baseWith(command("echo"))],
  [
    "a disabled Conditional Access policy",
    "high unjudged-change",
    baseWith(resource("ConditionalAccessPolicy", "x", { state: "disabled" })),
    baseWith(resource("ConditionalAccessPolicy", "x", { state: "enabled" })),
  ],
  [
    "a removed Conditional Access policy",
    "high unjudged-change",
    base,
    baseWith(resource("ConditionalAccessPolicy", "x", {})),
  ],
  ["a removed Azure policy", "high unjudged-change", base, baseWith(azure("authorization:PolicyAssignment", "x"))],
  [
    "a group that another system manages",
    "high not-judged",
    baseWith(azure("resources:ResourceGroup", "x", { managedBy: "/other" })),
  ],
  // Resources with the name of an earlier one
  [
    "a second secret with the same name",
    "high long-secret",
    baseWith(
      longSecret("ApplicationPassword", { applicationId: "api-application" }),
      longSecret("ServicePrincipalPassword", { servicePrincipalId: "p-caller" }),
    ),
    baseWith(longSecret("ApplicationPassword", { applicationId: "api-application" })),
  ],
  [
    "a second command with the same name",
    "high not-judged",
    baseWith(command("echo"), inComponent("Other", command("echo"))),
    baseWith(command("echo")),
  ],
  [
    "a second provider with the same name",
    "high other-provider",
    baseWith(provider("azuread", { tenantId: "t" }), provider("azure-native", { tenantId: "t" })),
    baseWith(provider("azuread", { tenantId: "t" })),
  ],
  [
    "the same provider with another identity",
    "high handed-over",
    baseWith(provider("azuread", { clientId: "b" })),
    baseWith(provider("azuread", { clientId: "a" })),
  ],
  // Removed protection
  [
    "a stack that stops being production",
    "high left-production",
    changed("landscape", { production: false }, {}, productive),
    productive,
  ],
  ["a removed landscape in production", "high left-production", without("::landscape"), productive],
  ["a removed lock", "medium loosened-protection", base, baseWith(azure("authorization:ManagementLockByScope", "x"))],
  ["a removed audit log", "medium loosened-protection", base, baseWith(azure("monitor:DiagnosticSetting", "x"))],
  [
    "a vault that loses its protection",
    "medium loosened-protection",
    base,
    withOptions("caller-vault", { protect: true }),
  ],
  [
    "a grant that stays in Azure after it is revoked",
    "medium loosened-protection",
    withOptions("call-Read", { retainOnDelete: true }),
  ],
  [
    "outputs that are no longer secret",
    "medium loosened-protection",
    base,
    withOptions("caller-secret", { additionalSecretOutputs: ["value"] }),
  ],
  [
    "a state that functions of the program rewrite",
    "medium taken-over",
    withOptions("api-principal", { stateMigrations: ["a function"] }),
  ],
  [
    "one more network",
    "medium loosened-protection",
    vaultWith({
      publicNetworkAccess: "Enabled",
      networkAcls: { defaultAction: "Deny", ipRules: [{ value: "9.9.9.9" }] },
    }),
    productive,
  ],
  [
    "Azure's services that bypass the network rules",
    "medium loosened-protection",
    vaultWith({ networkAcls: { bypass: "AzureServices" } }),
    productive,
  ],
  // Names that look alike
  ["a Cherokee letter", "high shared-name", baseWith(named("\u13dfaller"))],
  ["a small capital", "high shared-name", baseWith(named("\u1d04aller"))],
  ["another hyphen", "high shared-name", baseWith(named("a-b"), named("a\u2010b", "y")), baseWith(named("a-b"))],
  ["a digit that looks like a letter", "high shared-name", baseWith(named("ca11er"))],
  ["a capital with a dot", "high shared-name", baseWith(named("AP\u0130"))],
  ["a Hangul filler", "high shared-name", baseWith(named("caller\u3164"))],
  ["an empty Braille pattern", "high shared-name", baseWith(named("caller\u2800"))],
  // Values of a wrong type, which must not count as empty
  ["a custom role whose permissions are not a list", "high powerful-role", custom({ actions: ["*"] })],
  ["a custom role whose actions are not a list", "high powerful-role", custom([{ actions: "*" }])],
  ["owners that are not a list", "high unknown-value", changed("api-principal", { owners: "mallory" })],
  [
    "group members that are not a list",
    "high unknown-value",
    baseWith(resource("Group", "x", { displayName: "x", members: { 0: "p-caller" } })),
  ],
  [
    "policies that are not a list",
    "high unknown-value",
    vaultWith({ accessPolicies: { 0: policyOf("mallory", "get") } }),
  ],
  [
    "permissions that are not a list",
    "high vault-rights",
    vaultWith({ accessPolicies: [{ objectId: "i-caller", permissions: { secrets: "all" } }] }),
  ],
  [
    "roles that are not a list",
    "high unknown-value",
    baseWith(application({ appRoles: { 0: { id: "q", value: "X" } } })),
  ],
  ["member types that are not a list", "high unknown-value", changed("api-Read", { allowedMemberTypes: "User" })],
  // Secrets and settings
  ...(["base64", "hex"] as const).map(
    (encoding): Case => [
      `a secret in a tag, in ${encoding}`,
      "high plain-secret",
      changed("caller-vault", { tags: { x: Buffer.from(secret).toString(encoding) } }),
    ],
  ),
  ["another program", "high handed-over", withSettings({ "Pulumi.yaml: main": '"other"' })],
  [
    "code that runs before the program starts",
    "high handed-over",
    withSettings({ "Pulumi.yaml: runtime": '{"name":"nodejs","options":{"nodeargs":"--require ./x"}}' }),
  ],
  [
    "another file that reads the clock",
    "high outside-input",
    withSettings({ "read by the program: the clock": "a.ts, b.ts" }),
    withSettings({ "read by the program: the clock": "a.ts" }),
  ],
  [
    "settings from another environment",
    "high handed-over",
    withSettings(
      { "Pulumi.dev.yaml: environment": '["theirs"]' },
      { environment: "is imported from Pulumi ESC (theirs)" },
    ),
    withSettings({ "Pulumi.dev.yaml: environment": '["ours"]' }, { environment: "is imported from Pulumi ESC (ours)" }),
  ],
];

const registration = "azuread:index/applicationRegistration:ApplicationRegistration";
const vaultType = "azure-native:keyvault/v20260201:Vault";

/** Ordinary changes with all lines that they cause in the review. None causes a finding above low severity. */
const ordinary: readonly (readonly [what: string, lines: readonly string[], after: Resources, before?: Resources])[] = [
  [
    "another description",
    [`~ api-application (${registration}): description`],
    changed("api-application", { description: "Orders." }),
  ],
  ["a tag", [`~ caller-vault (${vaultType}): tags.team`], changed("caller-vault", { tags: { team: "shop" } })],
  ["an alert", ["+ azure-native:monitor:MetricAlert: x"], baseWith(azure("monitor:MetricAlert", "x", { severity: 2 }))],
  ["an alert's recipients", ["+ azure-native:monitor:ActionGroup: x"], baseWith(azure("monitor:ActionGroup", "x"))],
  [
    "a resource group",
    ["+ azure-native:resources:ResourceGroup: x"],
    baseWith(azure("resources:ResourceGroup", "x", { managedBy: null })),
  ],
  [
    "a lock",
    ["+ azure-native:authorization:ManagementLockByScope: x"],
    baseWith(azure("authorization:ManagementLockByScope", "x")),
  ],
  ["a storage account", ["+ azure-native:storage:StorageAccount: x"], baseWith(storage({}))],
  [
    "a closed storage account",
    ["+ azure-native:storage:StorageAccount: x"],
    baseWith(storage({ allowBlobPublicAccess: false, allowSharedKeyAccess: false })),
  ],
  [
    "a private container",
    ["+ azure-native:storage:BlobContainer: x"],
    baseWith(azure("storage:BlobContainer", "x", { publicAccess: "None" })),
  ],
  ["a web app", ["+ azure-native:web:WebApp: x"], baseWith(azure("web:WebApp", "x", { siteConfig: {} }))],
  [
    "a random value",
    ["+ random:index/randomUuid:RandomUuid: x"],
    baseWith(resource("random:index/randomUuid:RandomUuid", "x", {})),
  ],
  [
    "the email address in tokens",
    ["+ azuread:index/applicationOptionalClaims:ApplicationOptionalClaims: x"],
    baseWith(
      resource("ApplicationOptionalClaims", "x", {
        applicationId: "api-application",
        accessTokens: [{ name: "email" }],
      }),
    ),
  ],
  [
    "an environment variable that the program no longer reads",
    ["~ read by the program: environment variable REGION: a.ts → none"],
    withSettings(),
    withSettings({ "read by the program: environment variable REGION": "a.ts" }),
  ],
  ["protection", [`~ caller-vault (${vaultType}): options.protect`], withOptions("caller-vault", { protect: true })],
  [
    "a stack that becomes production",
    ["~ landscape (microservice-identities:index:Landscape): production"],
    productive,
    changed("landscape", { production: false }, {}, productive),
  ],
  [
    "a vault without a public network",
    [`~ caller-vault (${vaultType}): properties.publicNetworkAccess`],
    productive,
    vaultWith({ publicNetworkAccess: "Enabled" }),
  ],
  [
    "a new last day of a grant",
    [
      "~ until of caller → api Read: none → 2027-01-01",
      "~ call (microservice-identities:index:ApplicationPermissionGrant): until",
    ],
    [...landscape({ grant: { until: "2027-01-01" } }, [own]), settings()],
  ],
  [
    "a rotated secret",
    [
      "~ end of secret caller-secret of caller: 2027-05-01 → 2027-05-02",
      "~ caller-secret (azuread:index/applicationPassword:ApplicationPassword): endDate",
    ],
    changed("caller-secret", { endDate: "2027-05-02T00:00:00Z" }),
  ],
  [
    "a trust in the service's own identity",
    [
      "+ credential of api: federated x",
      "+ azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential: x",
    ],
    baseWith(
      identity("id-api", { tenantId: "T" }),
      trust({ issuer: "https://login.microsoftonline.com/t/v2.0", subject: "i-id-api" }),
    ),
    baseWith(identity("id-api", { tenantId: "T" })),
  ],
  ["services with numbers", ["+ service api-1", "+ service api-2"], baseWith(named("api-1"), named("api-2", "y"))],
  ["a name in Japanese and Latin letters", ["+ service 注文 API"], baseWith(named("注文 API"))],
  ["a name with an umlaut", ["+ service zähler-straße"], baseWith(named("zähler-straße"))],
  [
    "Reader at a resource group with a long name",
    ["+ caller-workload has the Azure role Reader on /subscriptions/s/resourceGroups/My.Group_(a)-b"],
    baseWith(assigned(roles.reader, `${subscription}/resourceGroups/My.Group_(a)-b`)),
  ],
  [
    "Reader at a resource that does not exist yet",
    [`+ caller-workload has the Azure role Reader on ${elsewhere}`],
    baseWith(assigned(roles.reader, elsewhere)),
  ],
  ["a setting for tags", ["~ setting p:tags: a → b"], withSettings({ "p:tags": "b" }), withSettings({ "p:tags": "a" })],
  [
    "tags of a resource that the review does not understand",
    ["~ x (command:local:Command): tags.a"],
    baseWith(resource("command:local:Command", "x", { tags: { a: "b" } })),
    baseWith(resource("command:local:Command", "x", {})),
  ],
];

const judge = (after: Resources, before: Resources = base) => {
  const { newFindings, change } = review(after, { today, before: { resources: before } });
  return { newFindings, lines: change ? changeLines(change) : [] };
};

describe("a change that grants access, or that the review does not understand,", () => {
  it.each(found.map(([what, expected, after, before]) => [what, expected, after, before] as const))(
    "is a finding: %s",
    (_what, expected, after, before) => {
      const { newFindings, lines } = judge(after, before);
      expect(newFindings.map(({ severity, rule }) => `${severity} ${rule}`)).toContain(expected);
      expect(lines).not.toContain(nothingChanges);
    },
  );

  it.each(ordinary.map(([what, lines, after, before]) => [what, lines, after, before] as const))(
    "is distinguished from ordinary changes: %s",
    (_what, expected, after, before) => {
      const { newFindings, lines } = judge(after, before);
      expect(newFindings.filter(({ severity }) => severity !== "low")).toEqual([]);
      expect(lines).toEqual(expected);
    },
  );

  it("is distinguished from a removed component or service, against a program and a saved review", () => {
    const saved = (earlier: Review) => ({ review: savedReview.parse(JSON.parse(reviewJson(earlier))) });
    const component = resource("acme:index:Thing", "thing", {}, { component: true });
    const gone = without("::caller-", "::call");
    const rulesOf = ({ newFindings }: Review) => newFindings.map(({ rule }) => rule);
    expect([
      rulesOf(review(gone, { today, before: { resources: baseWith(component) } })),
      rulesOf(review(gone, { today, before: saved(review(base, { today })) })),
    ]).toEqual([["uncalled-api"], ["uncalled-api"]]);
  });

  it("is accepted by a waiver only once", () => {
    const waiver = {
      rule: "not-judged",
      subject: "x",
      accepts: "is of a type that the rules do not understand (command:local:Command)",
      stack: "dev",
      reason: "It prints the date.",
      owner: "the platform team",
      until: "2027-01-31",
    };
    const open = (...resources: Resources) =>
      review(baseWith(...resources), { today, waivers: { longestDays: 366, waivers: [waiver] } })
        .findings.filter(({ rule }) => rule === "not-judged")
        .map(({ subject }) => subject);
    expect([open(command("date")), open(command("date"), inComponent("Other", command("date")))]).toEqual([[], ["x"]]);
  });
});
