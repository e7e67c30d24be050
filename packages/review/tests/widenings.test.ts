import { type EvaluatedResource, unknownValue } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { settingsResource } from "@microservice-identities/engine/evaluation/stackSettings";
import { changeLines, nothingChanges } from "../report/changeLines";
import { review } from "../review";
import { graph, landscape, own, policyOf, resource, vault } from "./support/landscape";

const today = "2026-11-25";
const ownerRole = "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const globalAdministrator = "62e90394-69f5-4237-9190-012177145e10";
const applicationReadWriteAll = "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9";
const graphId = "00000003-0000-0000-c000-000000000000";

const base = [...landscape({}, [own])];
const settings = (values: Record<string, unknown>, unknown?: Record<string, string>) =>
  settingsResource("p", "dev", { "Pulumi.yaml: runtime": '"nodejs"', ...values }, unknown);

const changed = (name: string, properties: Record<string, unknown>, more: Partial<EvaluatedResource> = {}) =>
  base.map((each) =>
    each.urn.endsWith(`::${name}`) ? { ...each, properties: { ...each.properties, ...properties }, ...more } : each,
  );
const grants = (name: string, properties: Record<string, unknown>, more: Partial<EvaluatedResource> = {}) =>
  resource("AppRoleAssignment", name, properties, more);

/** Changes, and the rules that must each report a new finding of high severity. */
const widenings: [string, readonly EvaluatedResource[], readonly string[]][] = [
  [
    "a directory role",
    [
      ...base,
      resource("DirectoryRoleAssignment", "admin", { principalObjectId: "p-caller", roleId: globalAdministrator }),
    ],
    ["directory-role"],
  ],
  [
    "a directory role that the stack activates, in upper case",
    [
      ...base,
      resource("DirectoryRole", "role", { objectId: "r-1", templateId: globalAdministrator.toUpperCase() }),
      resource("DirectoryRoleMember", "admin", { memberObjectId: "p-caller", roleObjectId: "r-1" }),
    ],
    ["directory-role"],
  ],
  [
    "an eligible directory role",
    [
      ...base,
      resource("DirectoryRoleEligibilityScheduleRequest", "admin", {
        principalId: "somebody",
        roleDefinitionId: globalAdministrator,
        directoryScopeId: "/",
      }),
    ],
    ["directory-role"],
  ],
  ["a custom directory role", [...base, resource("CustomDirectoryRole", "role", { permissions: [] })], ["not-judged"]],
  [
    "a delegated grant for everybody",
    [
      ...base,
      graph,
      resource("ServicePrincipalDelegatedPermissionGrant", "consent", {
        servicePrincipalObjectId: "p-caller",
        resourceServicePrincipalObjectId: "p-graph",
        claimValues: ["Directory.AccessAsUser.All"],
      }),
    ],
    ["delegated-grant"],
  ],
  [
    "an owner",
    [...base, resource("ApplicationOwner", "owner", { applicationId: "api-application", ownerObjectId: "somebody" })],
    ["foreign-owner"],
  ],
  ["another owner of a service principal", changed("api-principal", { owners: ["somebody"] }), ["handed-over"]],
  [
    "a password of a service principal that is valid until 2099",
    [
      ...base,
      resource("ServicePrincipalPassword", "second", {
        servicePrincipalId: "p-caller",
        endDate: "2099-01-01T00:00:00Z",
      }),
    ],
    ["long-secret"],
  ],
  [
    "an inline password of an application",
    [
      ...base,
      resource("Application", "classic", {
        displayName: "classic",
        clientId: "classic",
        api: { requestedAccessTokenVersion: 2 },
        password: { displayName: "p", endDate: "2099-01-01T00:00:00Z" },
      }),
    ],
    ["long-secret"],
  ],
  [
    "a flexible federated credential",
    [
      ...base,
      resource("ApplicationFlexibleFederatedIdentityCredential", "flexible", {
        applicationId: "api-application",
        issuer: "https://token.actions.githubusercontent.com",
        claimsMatchingExpression: "claims['sub'] matches 'repo:*'",
      }),
    ],
    ["outside-trust"],
  ],
  [
    "a service that trusts the identity of another service, with a misleading name",
    [
      ...base,
      resource("microservice-identities:index:Microservice", "api", {}, { component: true }),
      ...[
        resource("Application", "named", {
          displayName: "named",
          clientId: "named",
          api: { requestedAccessTokenVersion: 2 },
        }),
        resource("UserAssignedIdentity", "named-identity", {
          resourceName: "mi-001",
          principalId: "i-named",
        }),
      ].map((each) => ({ ...each, parent: "urn:pulumi:dev::p::microservice-identities:index:Microservice::api" })),
      resource("ApplicationFederatedIdentityCredential", "trust", {
        applicationId: "api-application",
        issuer: "https://login.microsoftonline.com/t/v2.0",
        subject: "i-named",
        audiences: ["api://AzureADTokenExchange"],
      }),
    ],
    ["outside-trust"],
  ],
  [
    "a federated credential on a service's managed identity",
    [
      ...base,
      resource("FederatedIdentityCredential", "federated", {
        resourceName: "caller-workload",
        issuer: "https://token.actions.githubusercontent.com",
        subject: "repo:acme/other:environment:prod",
      }),
    ],
    ["outside-trust"],
  ],
  [
    "a separate access policy",
    [
      ...base,
      resource("AccessPolicy", "policy", {
        vaultName: "caller-vault",
        policy: { objectId: "somebody", permissions: { secrets: ["get"] } },
      }),
    ],
    ["unknown-reader"],
  ],
  [
    "a role definition that allows everything, and its assignment",
    [
      ...base,
      resource("RoleDefinition", "everything", { roleName: "Helper", permissions: [{ actions: ["*"] }] }),
      resource("RoleAssignment", "helper", {
        principalId: "i-caller",
        roleDefinitionId: "everything",
        scope: "/subscriptions/s",
      }),
    ],
    ["broad-deployer", "powerful-role"],
  ],
  [
    "a role definition with a pattern that includes role assignments",
    [
      ...base,
      resource("RoleDefinition", "rights", {
        permissions: [{ actions: ["microsoft.authorization/roleassignments/*"] }],
      }),
    ],
    ["powerful-role"],
  ],
  [
    "an unknown role",
    [
      ...base,
      resource("RoleAssignment", "unknown", {
        principalId: "i-caller",
        roleDefinitionId: "/x/11111111-2222-4333-8444-555555555555",
        scope: "/subscriptions/s",
      }),
    ],
    ["broad-deployer"],
  ],
  [
    "a template that contains a role assignment",
    [...base, resource("Deployment", "template", { properties: { template: { resources: [] } } })],
    ["not-judged"],
  ],
  ["a dynamic provider", [...base, resource("pulumi-nodejs:dynamic:Resource", "dynamic", {})], ["not-judged"]],
  ["an unknown provider package", [...base, resource("command:local:Command", "script", {})], ["not-judged"]],
  [
    "the older package @pulumi/azure",
    [...base, resource("azure:keyvault/accessPolicy:AccessPolicy", "policy", {})],
    ["not-judged"],
  ],
  [
    "a service principal with useExisting that opens the stack's own API",
    [
      ...base,
      resource("ServicePrincipal", "again", {
        clientId: "API",
        objectId: "p-api-2",
        useExisting: true,
        appRoleAssignmentRequired: false,
      }),
    ],
    ["open-api"],
  ],
  [
    "Microsoft Graph's client id in upper case and with spaces",
    [
      ...base,
      resource("ServicePrincipal", "graph-2", {
        clientId: ` ${graphId.toUpperCase()} `,
        objectId: "P-GRAPH",
        useExisting: true,
      }),
      grants("tier-zero", {
        principalObjectId: "I-CALLER",
        resourceObjectId: "p-graph",
        appRoleId: applicationReadWriteAll.toUpperCase(),
      }),
    ],
    ["privileged-graph"],
  ],
  [
    "Owner in upper case and with a slash at the end",
    [
      ...base,
      resource("RoleAssignment", "owner", {
        principalId: "i-caller",
        roleDefinitionId: `${ownerRole.toUpperCase()}/`,
        scope: "/",
      }),
    ],
    ["broad-deployer"],
  ],
  [
    "Exchange's full_access_as_app",
    [
      ...base,
      resource("ServicePrincipal", "exchange", {
        clientId: "00000002-0000-0ff1-ce00-000000000000",
        objectId: "p-exchange",
        useExisting: true,
      }),
      grants("mail", {
        principalObjectId: "i-caller",
        resourceObjectId: "p-exchange",
        appRoleId: "dc890d15-9560-4a4c-9b7f-a736ec74ec40",
      }),
    ],
    ["privileged-api"],
  ],
  [
    "a role of an unknown API",
    [
      ...base,
      resource("ServicePrincipal", "elsewhere", {
        clientId: "99999999-2222-4333-8444-555555555555",
        objectId: "p-else",
        useExisting: true,
        appRoleAssignmentRequired: true,
      }),
      grants("call-2", {
        principalObjectId: "i-caller",
        resourceObjectId: "p-else",
        appRoleId: "11111111-2222-4333-8444-555555555555",
      }),
    ],
    ["outside-api"],
  ],
  [
    "an unknown role id of an API outside the stack",
    [
      ...base,
      graph,
      grants(
        "later",
        {
          principalObjectId: "i-caller",
          resourceObjectId: "p-graph",
          appRoleId: unknownValue("is known only after the deployment"),
        },
        { dependencies: { appRoleId: [graph.urn] } },
      ),
    ],
    ["unknown-value"],
  ],
  [
    "a role id that seems to come from a declared role but differs",
    [
      ...base,
      graph,
      grants(
        "swapped",
        { principalObjectId: "i-caller", resourceObjectId: "p-graph", appRoleId: applicationReadWriteAll },
        { dependencies: { appRoleId: base.filter(({ urn }) => urn.endsWith("::api-Read")).map(({ urn }) => urn) } },
      ),
    ],
    ["privileged-graph"],
  ],
  [
    "an unknown principal without a dependency",
    [
      ...base,
      grants("whose", { principalObjectId: unknownValue("is encrypted"), resourceObjectId: "p-api", appRoleId: "r" }),
    ],
    ["unknown-value"],
  ],
  [
    "an unknown audience",
    changed("api-application", { signInAudience: unknownValue("is encrypted") }),
    ["unknown-value"],
  ],
  [
    "an unknown end date",
    changed("caller-secret", { endDate: unknownValue("is encrypted") }),
    ["long-secret", "unknown-value"],
  ],
  [
    "a second service with the same name and the same grant",
    [
      ...base,
      resource("ApplicationRegistration", "twin-application", {
        displayName: "Caller",
        clientId: "twin",
        requestedAccessTokenVersion: 2,
      }),
      resource("ServicePrincipal", "twin-principal", {
        clientId: "twin",
        objectId: "p-twin",
        appRoleAssignmentRequired: true,
      }),
      grants("twin-Read", { principalObjectId: "p-twin", resourceObjectId: "p-api", appRoleId: "r" }),
    ],
    ["shared-name"],
  ],
  [
    "a managed identity with the same name as a service",
    [...base, resource("UserAssignedIdentity", "twin-identity", { name: "caller-workload", principalId: "i-twin" })],
    ["shared-name"],
  ],
  [
    "a service named Microsoft Graph",
    [
      ...base,
      resource("ApplicationRegistration", "graph-application", {
        displayName: "microsoft graph",
        clientId: "x",
        requestedAccessTokenVersion: 2,
      }),
    ],
    ["shared-name"],
  ],
  [
    "a property whose changes are ignored",
    changed("api-principal", {}, { options: { ignoreChanges: ["appRoleAssignmentRequired"] } }),
    ["ignored-change"],
  ],
  [
    "a plugin from another server",
    changed("api-principal", {}, { options: { pluginDownloadURL: "https://example.org" } }),
    ["plugin-source"],
  ],
  [
    "a reader that can also change secrets",
    changed("caller-vault", {
      properties: { enableRbacAuthorization: false, accessPolicies: [policyOf("i-caller", "get", "set", "purge")] },
    }),
    ["vault-rights"],
  ],
  [
    "another authority for tokens",
    [...base, settings({ "p:authority": "https://login.example.org" })],
    ["handed-over"],
  ],
  [
    "another owner in the settings",
    [...base, settings({ "p:owner": "11111111-2222-4333-8444-555555555555" })],
    ["handed-over"],
  ],
  [
    "another backend for the state",
    [...base, settings({ "Pulumi.yaml: backend": '{"url":"s3://x"}' })],
    ["handed-over"],
  ],
  [
    "another secrets provider for the state",
    [...base, settings({ "Pulumi.dev.yaml: secretsprovider": '"awskms://x"' })],
    ["handed-over"],
  ],
  ["another tenant for a provider", [...base, settings({ "azuread:tenantId": "t" })], ["handed-over"]],
  ["an encrypted setting", [...base, settings({}, { "p:vault": "is encrypted" })], ["unknown-value"]],
  ["settings that are imported", [...base, settings({}, { environment: "is imported" })], ["unknown-value"]],
  [
    "an issuer that can use any subject, even that of a managed identity",
    [
      ...base,
      resource("ApplicationFederatedIdentityCredential", "issuer", {
        applicationId: "api-application",
        issuer: "https://token.example.org/login.microsoftonline.com",
        subject: "i-caller",
        audiences: ["api://AzureADTokenExchange"],
      }),
    ],
    ["outside-trust"],
  ],
  [
    "a reader of every vault in a subscription",
    [
      ...base,
      resource("RoleAssignment", "all-vaults", {
        principalId: "i-caller",
        roleDefinitionId: "/x/4633458b-17de-408a-b874-0445c86b69e6",
        scope: "/subscriptions/s",
      }),
    ],
    ["broad-deployer"],
  ],
  [
    "a provider for another tenant",
    [...base, resource("pulumi:providers:azuread", "elsewhere", { tenantId: "t" })],
    ["other-provider"],
  ],
  [
    "a member of a group outside the stack",
    [
      ...base,
      resource("GroupMember", "member", {
        groupObjectId: "11111111-2222-4333-8444-555555555555",
        memberObjectId: "p-caller",
      }),
    ],
    ["group-member"],
  ],
  [
    "a member of a group with rights",
    [
      ...base,
      resource("Group", "group", { displayName: "On call", objectId: "g-1" }),
      resource("RoleAssignment", "group-reads", {
        principalId: "g-1",
        roleDefinitionId: "/x/acdd72a7-3385-48ef-bd42-f606fba81ae7",
        scope: "/subscriptions/s",
      }),
      resource("GroupMember", "member", { groupObjectId: "g-1", memberObjectId: "p-caller" }),
    ],
    ["group-member"],
  ],
  [
    "a group with dynamic membership",
    [
      ...base,
      resource("Group", "group", {
        displayName: "All",
        objectId: "g-1",
        dynamicMembership: { enabled: true, rule: "true" },
      }),
    ],
    ["not-judged"],
  ],
  [
    "an input from outside the program",
    [...base, settings({ "read by the program: the clock": "a.ts" })],
    ["outside-input"],
  ],
  ["plugins of the project", [...base, settings({ "Pulumi.yaml: plugins": "{}" })], ["plugin-source"]],
];

/** Harmless additions to a landscape. None causes a finding of high severity. */
const harmless: [string, readonly EvaluatedResource[]][] = [
  ["a resource group", [...base, resource("azure-native:resources:ResourceGroup", "group", {})]],
  [
    "a Recovery Services vault",
    [...base, resource("azure-native:recoveryservices:Vault", "backup", { properties: {} })],
  ],
  [
    "an application of Azure Batch",
    [...base, resource("azure-native:batch:Application", "batch", { displayName: "caller" })],
  ],
  [
    "a provider with the usual settings",
    [
      ...base,
      resource("pulumi:providers:azuread", "consent", {
        version: "6.9.1",
        environment: "public",
        useMsi: "false",
        metadataHost: "",
      }),
    ],
  ],
  [
    "a group of people without rights, and a member",
    [
      ...base,
      resource("Group", "group", { displayName: "Readers", objectId: "g-1" }),
      resource("GroupMember", "member", { groupObjectId: "g-1", memberObjectId: "p-caller" }),
    ],
  ],
  [
    "a service that trusts its own managed identity",
    [
      ...base,
      resource("ApplicationFederatedIdentityCredential", "own", {
        applicationId: "api-application",
        issuer: "https://login.microsoftonline.com/t/v2.0",
        subject: "i-caller",
        audiences: ["api://AzureADTokenExchange"],
      }),
    ],
  ],
  [
    "a custom role that only reads",
    [
      ...base,
      resource("RoleDefinition", "reads", { permissions: [{ actions: ["Microsoft.Insights/*/read", "*/read"] }] }),
    ],
  ],
  ["a random value", [...base, resource("random:index/randomUuid:RandomUuid", "id", { result: "x" })]],
  [
    "a vault with an older API version",
    base.map((each) =>
      each.urn.endsWith("::caller-vault") ? { ...each, type: "azure-native:keyvault/v20230701:Vault" } : each,
    ),
  ],
];

const judge = (resources: readonly EvaluatedResource[]) =>
  review(resources, { today, before: { resources: [...base, settings({})] } });

describe("a change that widens access", () => {
  it.each(widenings)("is a finding: %s", (_what, resources, expected) => {
    const all = resources.some(({ type }) => type.endsWith(":Settings")) ? resources : [...resources, settings({})];
    const { newFindings, change } = judge(all);
    const grave = newFindings.filter(({ severity }) => severity === "high").map(({ rule }) => rule);
    expect([...new Set(grave)].filter((rule) => expected.includes(rule)).sort()).toEqual([...expected].sort());
    expect(change && changeLines(change)).not.toEqual([nothingChanges]);
  });

  it.each(harmless)("is distinguished from harmless additions: %s", (_what, resources) => {
    const { newFindings } = judge([...resources, settings({})]);
    expect(newFindings.filter(({ severity }) => severity === "high")).toEqual([]);
  });

  it("is not reported if only the order has changed", () => {
    const { change, newFindings } = judge([settings({}), ...base].toReversed());
    expect([change && changeLines(change), newFindings]).toEqual([[nothingChanges], []]);
  });
});

describe("a finding that a change makes worse", () => {
  const contributor = "/x/b24988ac-6180-42a0-ab88-20f7382dd24c";
  const reads = (...permissions: string[]) =>
    vault("caller-vault", policyOf("i-caller", "get"), policyOf("somebody", ...permissions));
  const without = base.filter(({ urn }) => !urn.endsWith("::caller-vault"));
  const role = (roleDefinitionId: string, scope: string) =>
    resource("RoleAssignment", "deployer", { principalId: "d", roleDefinitionId, scope });
  const secret = (endDate: string) =>
    resource("ApplicationPassword", "second", { applicationId: "caller-application", endDate });
  const trust = (subject: string) =>
    resource("ApplicationFederatedIdentityCredential", "job", {
      applicationId: "api-application",
      issuer: "https://token.actions.githubusercontent.com",
      subject,
    });
  const until = (day?: string) => landscape({ grant: day === undefined ? {} : { until: day } }, [own]);

  it.each<[string, readonly EvaluatedResource[], readonly EvaluatedResource[], string]>([
    [
      "a wider role at a wider scope",
      [...base, role(contributor, "/g")],
      [...base, role(ownerRole, "/")],
      "broad-deployer",
    ],
    [
      "a secret that is valid for longer",
      [...base, secret("2027-12-01T00:00:00Z")],
      [...base, secret("2299-01-01T00:00:00Z")],
      "long-secret",
    ],
    [
      "a reader with more permissions",
      [...without, reads("get")],
      [...without, reads("get", "set", "purge")],
      "unknown-reader",
    ],
    [
      "another repository",
      [...base, trust("repo:acme/shop:environment:prod")],
      [...base, trust("repo:evil/shop:environment:prod")],
      "handed-over",
    ],
    ["a grant with a later end", until("2027-01-01"), until("2029-01-01"), "prolonged-grant"],
    ["a grant without its end", until("2027-01-01"), until(), "prolonged-grant"],
  ])("is new: %s", (_what, before, after, rule) => {
    const { newFindings, change } = review(after, { today, before: { resources: before } });
    expect(newFindings.filter(({ severity }) => severity === "high").map((finding) => finding.rule)).toContain(rule);
    expect(change && changeLines(change)).not.toEqual([nothingChanges]);
    // The opposite change widens no access, but another role or another trust is always new access.
    const back = review(before, { today, before: { resources: after } });
    const isEither = ["handed-over", "broad-deployer"].includes(rule);
    expect(back.newFindings.filter((finding) => finding.rule === rule && !isEither)).toEqual([]);
  });
});

describe("a change that needs consent", () => {
  const until = (day?: string) => ({ resources: landscape({ grant: day === undefined ? {} : { until: day } }, [own]) });
  const consents = (before: { resources: EvaluatedResource[] }, after: { resources: EvaluatedResource[] }) =>
    review(after.resources, { today, before }).change?.consents;

  it("adds or removes a grant or changes its end, but not only its reason", () => {
    const less = { resources: base.filter(({ urn }) => !urn.endsWith("::call-Read")) };
    const other = { resources: landscape({ grant: { because: "It needs to, for another reason." } }, [own]) };
    expect([
      consents(less, { resources: base }),
      consents({ resources: base }, less),
      consents(until("2027-01-01"), until("2027-02-01")),
      consents(until("2027-01-01"), until()),
      consents({ resources: base }, other),
      consents({ resources: base }, { resources: base }),
    ]).toEqual([true, true, true, true, false, false]);
  });
});

describe("an earlier environment that is reviewed beside the stack", () => {
  const beside = landscape({}, [own]).filter(({ urn }) => !urn.endsWith("::call-Read"));
  const found = (before?: readonly EvaluatedResource[]) =>
    review(base, { today, beside, before: { resources: base, ...(before ? { beside: before } : {}) } }).newFindings.map(
      ({ rule }) => rule,
    );

  it("is compared with its state at the base, so that only gaps since then are new", () => {
    expect([found(beside), found(base)]).toEqual([[], ["environment-gap"]]);
  });
});
