import { writeFile } from "node:fs/promises";
import path from "node:path";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { pulumiWithAzure } from "@microservice-identities/test-support/azureNative/onPath";
import { type CliProject, cliProject } from "@microservice-identities/test-support/cliProject";
import { projectFolder } from "@microservice-identities/test-support/processes";

jest.setTimeout(600_000);

const pack = path.join(projectFolder, "packages", "review", "pack");

/** Two services as `azuread.Application`, written like the registry's examples. They cause no mandatory finding. */
const fine = `
const current = azuread.getClientConfigOutput();
const id = new random.RandomUuid("read-id");
const api = new azuread.Application("api", {
  displayName: "api-dev", owners: [current.objectId], api: { requestedAccessTokenVersion: 2 }, signInAudience: "AzureADMyOrg",
  appRoles: [{ id: id.result, value: "Things.Read", displayName: "Read", description: "Read.", allowedMemberTypes: ["Application"], enabled: true }],
});
const apiPrincipal = new azuread.ServicePrincipal("api-principal", { clientId: api.clientId, appRoleAssignmentRequired: true, owners: [current.objectId] });
const caller = new azuread.Application("caller", {
  displayName: "caller-dev", owners: [current.objectId], api: { requestedAccessTokenVersion: 2 }, signInAudience: "AzureADMyOrg",
  requiredResourceAccesses: [{ resourceAppId: api.clientId, resourceAccesses: [{ id: id.result, type: "Role" }] }],
});
const callerPrincipal = new azuread.ServicePrincipal("caller-principal", { clientId: caller.clientId, appRoleAssignmentRequired: true, owners: [current.objectId] });
new azuread.AppRoleAssignment("call", { appRoleId: id.result, principalObjectId: callerPrincipal.objectId, resourceObjectId: apiPrincipal.objectId });
`;

/** Additions to the program, each with its code and the policy that must stop it. */
const widened: [string, string, string][] = [
  [
    "a dynamic provider",
    'class Mine extends pulumi.dynamic.Resource {} ; new Mine({ create: async () => ({ id: "x", outs: {} }) } as never, "mine", {});',
    "not-judged",
  ],
  [
    "a directory role",
    'const role = new azuread.DirectoryRole("role", { displayName: "Global Administrator" }); new azuread.DirectoryRoleMember("admin", { roleObjectId: role.objectId, memberObjectId: callerPrincipal.objectId });',
    "directory-role",
  ],
  [
    "a delegated grant",
    'const graph = azuread.getServicePrincipalOutput({ clientId: "00000003-0000-0000-c000-000000000000" }); new azuread.ServicePrincipalDelegatedPermissionGrant("consent", { servicePrincipalObjectId: callerPrincipal.objectId, resourceServicePrincipalObjectId: graph.objectId, claimValues: ["User.Read.All"] });',
    "delegated-grant",
  ],
  [
    "a password that is valid until 2099",
    'new azuread.ServicePrincipalPassword("second", { servicePrincipalId: callerPrincipal.id, endDate: "2099-01-01T00:00:00Z" });',
    "long-secret",
  ],
  [
    "an owner",
    'new azuread.ApplicationOwner("owner", { applicationId: api.id, ownerObjectId: "11111111-2222-4333-8444-555555555555" });',
    "foreign-owner",
  ],
  [
    "a known client application of an API",
    'new azuread.Application("known", { displayName: "known", owners: [current.objectId], api: { requestedAccessTokenVersion: 2, knownClientApplications: ["11111111-2222-4333-8444-555555555555"] } });',
    "not-judged",
  ],
  [
    "a setting whose changes are ignored",
    'new azuread.ServicePrincipal("ignoring", { clientId: caller.clientId, appRoleAssignmentRequired: true, owners: [current.objectId] }, { ignoreChanges: ["appRoleAssignmentRequired"] });',
    "ignored-change",
  ],
  [
    "a trust in any job of a repository",
    'new azuread.ApplicationFlexibleFederatedIdentityCredential("flexible", { applicationId: caller.id, displayName: "flexible", issuer: "https://token.actions.githubusercontent.com", audience: "api://AzureADTokenExchange", claimsMatchingExpression: "claims[\'sub\'] matches \'repo:acme/*\'" });',
    "outside-trust",
  ],
  [
    "a foreign certificate",
    'new azuread.ApplicationCertificate("certificate", { applicationId: caller.id, type: "AsymmetricX509Cert", value: "MIIB", endDate: "2099-01-01T00:00:00Z" });',
    "long-certificate",
  ],
  [
    "a member of a group that is not in the stack",
    'new azuread.GroupMember("member", { groupObjectId: "11111111-2222-4333-8444-555555555555", memberObjectId: callerPrincipal.objectId });',
    "group-member",
  ],
  [
    "a client with pre-authorized permissions",
    'new azuread.ApplicationPreAuthorized("known", { applicationId: api.id, authorizedClientId: "11111111-2222-4333-8444-555555555555", permissionIds: ["11111111-2222-4333-8444-555555555556"] });',
    "delegated-grant",
  ],
  [
    "a provider for another tenant",
    'new azuread.Provider("other", { tenantId: "11111111-2222-4333-8444-555555555555" });',
    "other-provider",
  ],
  [
    "an Azure role that allows everything",
    'new authorization.RoleDefinition("everything", { scope: "/subscriptions/11111111-2222-4333-8444-555555555555", roleName: "everything", permissions: [{ actions: ["*"] }], assignableScopes: ["/subscriptions/11111111-2222-4333-8444-555555555555"] });',
    "powerful-role",
  ],
  [
    "an owner of the subscription",
    'new authorization.RoleAssignment("owner", { scope: "/subscriptions/11111111-2222-4333-8444-555555555555", roleDefinitionId: "/providers/Microsoft.Authorization/roleDefinitions/8E3AF657-A8FF-443C-A75C-2FE8C4BCB635", principalId: callerPrincipal.objectId, principalType: "ServicePrincipal" });',
    "broad-deployer",
  ],
  [
    "a template of Azure Resource Manager",
    'new resources.Deployment("template", { resourceGroupName: "group", properties: { mode: "Incremental", template: { resources: [{ type: "Microsoft.Authorization/roleAssignments", apiVersion: "2022-04-01", name: "x", properties: {} }] } } });',
    "not-judged",
  ],
  [
    "a reader of a vault of another stack",
    'new keyvault.AccessPolicy("reader", { resourceGroupName: "group", vaultName: "other", policy: { objectId: "11111111-2222-4333-8444-555555555555", tenantId: "11111111-2222-4333-8444-555555555555", permissions: { secrets: ["get"] } } });',
    "unknown-reader",
  ],
  [
    "a cluster that signs in as a managed identity",
    'new managedidentity.FederatedIdentityCredential("cluster", { resourceGroupName: "group", resourceName: "identity", issuer: "https://example.org", subject: "system:serviceaccount:a:b", audiences: ["api://AzureADTokenExchange"] });',
    "outside-trust",
  ],
  ["a virtual machine", 'new compute.VirtualMachine("machine", { resourceGroupName: "group" });', "not-judged"],
  ["an open API", 'new azuread.ServicePrincipal("again", { clientId: api.clientId, useExisting: true });', "open-api"],
  [
    "a role of Microsoft Graph that the preview does not know",
    'const later = new azuread.ServicePrincipal("graph", { clientId: "00000003-0000-0000-C000-000000000000", useExisting: true }); new azuread.AppRoleAssignment("tier-zero", { appRoleId: later.appRoleIds["AppRoleAssignment.ReadWrite.All"]!, principalObjectId: callerPrincipal.objectId, resourceObjectId: later.objectId });',
    "unknown-value",
  ],
];

if (pulumiWithAzure() === undefined) {
  it.skip("the policy pack under a Pulumi CLI (skipped: there is no Pulumi CLI on the PATH)", () => {});
} else {
  describe("the policy pack under the real engine", () => {
    let azure: TestAzure;
    let project: CliProject;
    beforeAll(async () => {
      azure = await startTestAzure();
      project = await cliProject(azure, "classic");
      await pulumi("stack", "init", "dev");
    });
    afterAll(async () => {
      await azure.close();
      await project.remove();
    });

    const pulumi: CliProject["pulumi"] = (...args) => project.pulumi(...args);
    async function program(text: string): Promise<void> {
      const imports = ["pulumi", "azuread", "random"].map((name) => `import * as ${name} from "@pulumi/${name}";`);
      const azureNative = ["authorization", "compute", "keyvault", "managedidentity", "resources"].map(
        (name) => `import * as ${name} from "@pulumi/azure-native/${name}";`,
      );
      // Unused imports are omitted, so that their providers are not loaded.
      const used = azureNative.filter((line) => text.includes(`${line.split(" ")[3]}.`));
      await writeFile(path.join(project.folder, "index.ts"), [...imports, ...used, text].join("\n"));
    }
    const preview = () => pulumi("preview", "--stack", "dev", "--color", "never", "--policy-pack", pack);

    it("has no mandatory finding for a correct landscape, in a preview and in a deployment", async () => {
      await program(fine);
      const before = await preview();
      expect([before.code, before.stdout.match(/\[mandatory\].*/g)]).toEqual([0, null]);
      const up = await pulumi("up", "--yes", "--stack", "dev", "--color", "never", "--policy-pack", pack);
      expect([up.code, up.stdout.match(/\[mandatory\].*\n.*\n.*/g)]).toEqual([0, null]);
    });

    it.each(widened)("stops a preview at %s", async (_what, more, policy) => {
      await program(`${fine}\n${more}`);
      const { code, stdout } = await preview();
      expect([code === 0, stdout.match(/\[mandatory\].*/g)?.some((line) => line.includes(policy))]).toEqual([
        false,
        true,
      ]);
    });

    it("reports findings without stopping the daily run of a deployed revision", async () => {
      await program(`${fine}
new azuread.ApplicationPassword("second", { applicationId: caller.id, endDate: "2099-01-01T00:00:00Z" });
`);
      const up = (...more: string[]) =>
        pulumi("up", "--yes", "--stack", "dev", "--color", "never", "--policy-pack", pack, ...more);
      const gate = await up();
      expect([gate.code === 0, gate.stdout.includes("[mandatory]")]).toEqual([false, true]);
      const upkeep = await up("--policy-pack-config", path.join(pack, "upkeep.json"));
      expect([upkeep.code, upkeep.stdout.match(/\[mandatory\].*|error:.*/g)]).toEqual([0, null]);
      expect(upkeep.stdout).toMatch(/\[advisory\].*long-secret/);
    });

    it("stops a deployment before a grant whose role is not known in the preview", async () => {
      await program(`${fine}
const graph = azuread.getServicePrincipalOutput({ clientId: "00000003-0000-0000-c000-000000000000" });
const disguised = id.result.apply(() => "06b708a9-e830-4db3-a914-8e69da51d44f");
new azuread.AppRoleAssignment("disguised", { appRoleId: disguised, principalObjectId: callerPrincipal.objectId, resourceObjectId: graph.objectId });
`);
      const { code, stdout } = await pulumi(
        "up",
        "--yes",
        "--skip-preview",
        "--stack",
        "dev",
        "--color",
        "never",
        "--policy-pack",
        pack,
      );
      const { stdout: exported } = await pulumi("stack", "export", "--stack", "dev");
      const made = (JSON.parse(exported) as { deployment: { resources: { urn: string }[] } }).deployment.resources;
      expect([
        code === 0,
        stdout.includes("before-creation"),
        made.filter(({ urn }) => urn.endsWith("::disguised")),
      ]).toEqual([false, true, []]);
    });
  });
}
