import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { graphPermissionNamed } from "@microservice-identities/well-known/microsoftGraph";
import { accessModelOf } from "../accessModel";
import { stackGraph } from "../paths/stackGraph";
import { assignment, graph, landscape, policyOf, resource } from "./support/landscape";

// What these tests cannot prove: that Azure has no other way to become another party than those listed here.

const github = "https://token.actions.githubusercontent.com";
const cluster = "https://westeurope.oic.prod-aks.azure.com/00000000-0000-0000-0000-000000000000/1/";
const roleIds = {
  certificateUser: "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba",
  contributor: "b24988ac-6180-42a0-ab88-20f7382dd24c",
  dataAccessAdministrator: "8b54135c-b56d-4d72-a534-26097cfdc8d8",
  identityContributor: "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
  identityOperator: "f1a07417-d97a-45cb-824c-7a7467783830",
  keyVaultAdministrator: "00482a5a-887f-4fb3-b363-3b7fe8e74483",
  keyVaultContributor: "f25e0fa2-a7c8-4377-a976-54943a77a395",
  owner: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
  reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
  secretsUser: "4633458b-17de-408a-b874-0445c86b69e6",
  userAccessAdministrator: "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
};
const directoryRoles = {
  applicationAdministrator: "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
  groupsAdministrator: "fdd7a751-b60b-444a-984c-02652fe8fa1c",
  messageCentreReader: "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b",
  privilegedRoleAdministrator: "e8611ab8-c189-46e8-94e1-60213ab1f814",
};

const group = resource("azure-native:resources:ResourceGroup", "shop", {
  name: "rg-shop",
  resourceGroupName: "rg-shop",
});
const people = resource("Group", "people", { displayName: "people", objectId: "g-people" });
/** A vault with the caller's secret in the resource group, with Azure RBAC or access policies, and its readers. */
const vaultOf = (isRbac: boolean, ...accessPolicies: object[]) => [
  resource("Vault", "caller-vault", {
    resourceGroupName: "rg-shop",
    vaultName: "caller-vault",
    properties: { accessPolicies, enableRbacAuthorization: isRbac },
  }),
  resource(
    "azure-native:keyvault:Secret",
    "secret",
    { vaultName: "caller-vault", secretName: "client-secret" },
    {
      dependencies: {
        properties: ["urn:pulumi:dev::p::azuread:index/applicationPassword:ApplicationPassword::caller-secret"],
      },
    },
  ),
];
const identity = { identity: { resourceGroupName: "rg-shop" } };
const assigned = (role: string, scope: string, more: Record<string, unknown> = {}) =>
  resource("RoleAssignment", "assigned", { principalId: "g-people", roleDefinitionId: `/x/${role}`, scope, ...more });
const custom = (permissions: Record<string, readonly string[]>) => [
  resource("RoleDefinition", "custom", { roleName: "Custom", permissions: [permissions] }),
  resource("RoleAssignment", "assigned", {
    principalId: "g-people",
    roleDefinitionId: "custom",
    scope: "/subscriptions/s",
  }),
];
const graphGrant = (role: string) => [graph, assignment("p-caller", "p-graph", graphPermissionNamed(role)?.id ?? role)];
const directoryRole = (roleId: string, more: Record<string, unknown> = {}) =>
  resource("DirectoryRoleAssignment", "assigned", { principalObjectId: "g-people", roleId, ...more });
const customDirectoryRole = (action: string) => [
  resource("CustomDirectoryRole", "custom", {
    displayName: "Custom",
    objectId: "custom",
    permissions: [{ allowedResourceActions: [action] }],
  }),
  directoryRole("custom"),
];
const trust = (subject: string, issuer = github) =>
  resource("ApplicationFederatedIdentityCredential", "trust", { applicationId: "caller-application", issuer, subject });
const identityTrust = (subject: string, issuer = github) =>
  resource("FederatedIdentityCredential", "trust", { resourceName: "caller-workload", issuer, subject });

const stepsIn = (more: readonly EvaluatedResource[], change: Record<string, Record<string, unknown>> = {}) =>
  stackGraph(accessModelOf(landscape({ ...identity, ...change }, [group, people, ...more]))).steps.map(
    ({ from, kind, to }) => `${from.name} ${kind} ${to.name}`,
  );

/** The steps of the two services alone. */
const always = stepsIn([]);

type Case = readonly [what: string, more: readonly EvaluatedResource[], steps: readonly string[]];

const cases: readonly Case[] = [
  [
    "an owner of a registration",
    [resource("ApplicationOwner", "x", { applicationId: "api-application", ownerObjectId: "g-people" })],
    ["people owns api"],
  ],
  [
    "an owner of a group",
    [resource("Group", "x", { displayName: "x", objectId: "g-x", owners: ["g-people"] })],
    ["people owns x"],
  ],
  [
    "a member of a group",
    [resource("GroupMember", "x", { groupObjectId: "g-people", memberObjectId: "i-caller" })],
    ["caller-workload is a member of people"],
  ],

  [
    "a registration that trusts a pipeline",
    [trust("repo:acme/x:environment:prod")],
    ["repo:acme/x:environment:prod signs in as caller"],
  ],
  [
    "an identity that trusts a service account",
    [identityTrust("system:serviceaccount:a:b", cluster)],
    ["system:serviceaccount:a:b signs in as caller-workload"],
  ],
  [
    "a registration that trusts an identity",
    [trust("i-caller", "https://login.microsoftonline.com/t/v2.0")],
    ["caller-workload signs in as caller"],
  ],
  [
    "a trust in another issuer, with an identity's name as the subject",
    [trust("caller-workload")],
    ['"caller-workload" signs in as caller'],
  ],
  [
    "a workload that runs as an identity",
    [
      resource("azure-native:app:ContainerApp", "app", {
        identity: { userAssignedIdentities: { "caller-identity": {} } },
      }),
    ],
    ["app runs as caller-workload"],
  ],

  [
    "a reader by an access policy",
    vaultOf(false, policyOf("g-people", "get")),
    ["people reads caller-vault", "caller-vault contains a secret of caller"],
  ],
  [
    "a party that can back up secrets",
    vaultOf(false, policyOf("g-people", "backup")),
    ["people reads caller-vault", "caller-vault contains a secret of caller"],
  ],
  [
    "an access policy that only lists and replaces secrets",
    vaultOf(false, policyOf("g-people", "list", "set")),
    ["caller-vault contains a secret of caller"],
  ],
  [
    "an access policy of a vault with Azure RBAC",
    vaultOf(true, policyOf("g-people", "get")),
    ["caller-vault contains a secret of caller"],
  ],
  [
    "an access policy for keys",
    vaultOf(false, { objectId: "g-people", permissions: { keys: ["get"] } }),
    ["caller-vault contains a secret of caller"],
  ],
  [
    "a reader by a role",
    [...vaultOf(true), assigned(roleIds.secretsUser, "caller-vault")],
    ["people reads caller-vault", "caller-vault contains a secret of caller"],
  ],
  [
    "a reader of certificates, whose keys are secrets",
    [...vaultOf(true), assigned(roleIds.certificateUser, "caller-vault")],
    ["people reads caller-vault", "caller-vault contains a secret of caller"],
  ],
  [
    "a role at a vault with access policies",
    [...vaultOf(false), assigned(roleIds.secretsUser, "caller-vault")],
    ["caller-vault contains a secret of caller"],
  ],
  [
    "a Key Vault Administrator of a subscription",
    [...vaultOf(true), assigned(roleIds.keyVaultAdministrator, "/subscriptions/s")],
    ["people reads caller-vault", "caller-vault contains a secret of caller"],
  ],
  [
    "a Key Vault Data Access Administrator of a vault",
    [...vaultOf(true), assigned(roleIds.dataAccessAdministrator, "caller-vault")],
    ["people lets itself into caller-vault", "caller-vault contains a secret of caller"],
  ],
  [
    "a party that can write the access policies of a vault",
    [...vaultOf(false), assigned(roleIds.keyVaultContributor, "/subscriptions/s/resourceGroups/RG-shop")],
    ["people lets itself into caller-vault", "caller-vault contains a secret of caller"],
  ],
  [
    "a party that can write a vault with Azure RBAC",
    [...vaultOf(true), assigned(roleIds.keyVaultContributor, "/subscriptions/s")],
    ["caller-vault contains a secret of caller"],
  ],
  [
    "a role at another resource group",
    [...vaultOf(false), assigned(roleIds.contributor, "/subscriptions/s/resourceGroups/other")],
    ["caller-vault contains a secret of caller"],
  ],
  [
    "a Reader",
    [...vaultOf(true), assigned(roleIds.reader, "/subscriptions/s")],
    ["caller-vault contains a secret of caller"],
  ],
  ["a Contributor", [assigned(roleIds.contributor, "shop")], ["people runs code as caller-workload"]],
  [
    "an Owner of a subscription",
    [...vaultOf(true), assigned(roleIds.owner, "/subscriptions/s")],
    [
      "people lets itself into caller-vault",
      "people runs code as caller-workload",
      "caller-vault contains a secret of caller",
    ],
  ],
  [
    "a party that can assign roles, also to itself",
    [
      ...vaultOf(true),
      assigned(roleIds.userAccessAdministrator, "/providers/Microsoft.Management/managementGroups/all"),
    ],
    [
      "people lets itself into caller-vault",
      "people runs code as caller-workload",
      "caller-vault contains a secret of caller",
    ],
  ],
  [
    "a role that is not defined here",
    [...vaultOf(true), assigned("11111111-2222-4333-8444-555555555555", "/subscriptions/s")],
    ["people reads caller-vault", "people runs code as caller-workload", "caller-vault contains a secret of caller"],
  ],
  [
    "a party that can assign a managed identity",
    [assigned(roleIds.identityOperator, "caller-identity")],
    ["people runs code as caller-workload"],
  ],
  [
    "a party that can add a federated credential to a managed identity",
    [assigned(roleIds.identityContributor, "/subscriptions/s/resourceGroups/rg-shop")],
    ["people runs code as caller-workload"],
  ],
  [
    "a role at another identity",
    [
      assigned(
        roleIds.identityOperator,
        "/subscriptions/s/resourceGroups/rg-shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/other",
      ),
    ],
    [],
  ],
  [
    "a role at an identity whose scope is the identity's id",
    [
      assigned(
        roleIds.identityOperator,
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/caller-workload",
      ),
    ],
    ["people runs code as caller-workload"],
  ],
  [
    "a custom role that reads secrets",
    [...vaultOf(true), ...custom({ dataActions: ["Microsoft.KeyVault/vaults/secrets/getSecret/action"] })],
    ["people reads caller-vault", "caller-vault contains a secret of caller"],
  ],
  [
    "a custom role that writes vaults",
    [...vaultOf(false), ...custom({ actions: ["Microsoft.KeyVault/*"] })],
    ["people lets itself into caller-vault", "caller-vault contains a secret of caller"],
  ],
  [
    "a custom role that replaces secrets",
    [...vaultOf(false), ...custom({ actions: ["Microsoft.KeyVault/vaults/secrets/write"] })],
    ["caller-vault contains a secret of caller"],
  ],
  [
    "a custom role that assigns roles",
    [...vaultOf(true), ...custom({ actions: ["Microsoft.Authorization/*/write"] })],
    [
      "people lets itself into caller-vault",
      "people runs code as caller-workload",
      "caller-vault contains a secret of caller",
    ],
  ],
  [
    "a custom role that assigns identities",
    custom({ actions: ["Microsoft.ManagedIdentity/userAssignedIdentities/*/action"] }),
    ["people runs code as caller-workload"],
  ],
  [
    "a custom role that only reads",
    [...vaultOf(true), ...custom({ actions: ["*/read"] })],
    ["caller-vault contains a secret of caller"],
  ],

  [
    "a permission for every registration",
    graphGrant("Application.ReadWrite.All"),
    [
      "caller holds Microsoft Graph Application.ReadWrite.All",
      "Microsoft Graph Application.ReadWrite.All adds a credential to api",
      "Microsoft Graph Application.ReadWrite.All adds a credential to caller",
    ],
  ],
  [
    "a permission for owned registrations, without owned registrations",
    graphGrant("Application.ReadWrite.OwnedBy"),
    ["caller holds Microsoft Graph Application.ReadWrite.OwnedBy"],
  ],
  [
    "a permission for every grant",
    graphGrant("AppRoleAssignment.ReadWrite.All"),
    [
      "caller holds Microsoft Graph AppRoleAssignment.ReadWrite.All",
      "Microsoft Graph AppRoleAssignment.ReadWrite.All grants itself api Read",
      "Microsoft Graph AppRoleAssignment.ReadWrite.All grants itself Microsoft Graph RoleManagement.ReadWrite.Directory",
      "Microsoft Graph RoleManagement.ReadWrite.Directory grants itself Global Administrator",
    ],
  ],
  [
    "a permission for directory roles",
    graphGrant("RoleManagement.ReadWrite.Directory"),
    [
      "caller holds Microsoft Graph RoleManagement.ReadWrite.Directory",
      "Microsoft Graph RoleManagement.ReadWrite.Directory grants itself Global Administrator",
    ],
  ],
  [
    "a permission with another direct attack path",
    graphGrant("UserAuthenticationMethod.ReadWrite.All"),
    [
      "caller holds Microsoft Graph UserAuthenticationMethod.ReadWrite.All",
      "Microsoft Graph UserAuthenticationMethod.ReadWrite.All grants itself Global Administrator",
    ],
  ],
  [
    "a permission for the members of groups",
    graphGrant("GroupMember.ReadWrite.All"),
    [
      "caller holds Microsoft Graph GroupMember.ReadWrite.All",
      "Microsoft Graph GroupMember.ReadWrite.All changes members of people",
    ],
  ],
  [
    "a permission that reads the directory",
    graphGrant("User.Read.All"),
    ["caller holds Microsoft Graph User.Read.All"],
  ],

  [
    "a directory role for every registration",
    [directoryRole(directoryRoles.applicationAdministrator)],
    [
      "people holds Application Administrator",
      "Application Administrator adds a credential to api",
      "Application Administrator adds a credential to caller",
      "Application Administrator grants itself api Read",
    ],
  ],
  [
    "the same directory role for one registration",
    [directoryRole(directoryRoles.applicationAdministrator, { directoryScopeId: "/api-application" })],
    ["people holds Application Administrator on api", "Application Administrator on api adds a credential to api"],
  ],
  [
    "the same directory role for one service principal",
    [directoryRole(directoryRoles.applicationAdministrator, { directoryScopeId: "/p-api" })],
    ["people holds Application Administrator on api", "Application Administrator on api adds a credential to api"],
  ],
  [
    "the same directory role for another object",
    [directoryRole(directoryRoles.applicationAdministrator, { directoryScopeId: "/elsewhere" })],
    ["people holds Application Administrator on /elsewhere"],
  ],
  [
    "a directory role that assigns directory roles",
    [directoryRole(directoryRoles.privilegedRoleAdministrator)],
    [
      "people holds Privileged Role Administrator",
      "Privileged Role Administrator grants itself api Read",
      "Privileged Role Administrator grants itself Microsoft Graph RoleManagement.ReadWrite.Directory",
      "Microsoft Graph RoleManagement.ReadWrite.Directory grants itself Global Administrator",
      "Privileged Role Administrator grants itself Global Administrator",
    ],
  ],
  [
    "a directory role for groups",
    [directoryRole(directoryRoles.groupsAdministrator)],
    ["people holds Groups Administrator", "Groups Administrator changes members of people"],
  ],
  [
    "a directory role that only reads",
    [directoryRole(directoryRoles.messageCentreReader)],
    ["people holds Message Center Reader"],
  ],
  [
    "the bounded consenter, which can grant every role except those of Microsoft's APIs",
    [
      ...customDirectoryRole(
        "microsoft.directory/servicePrincipals/managePermissionGrantsForAll.microservice-identities",
      ),
      graph,
      assignment("i-caller", "p-graph", graphPermissionNamed("User.Read.All")?.id ?? ""),
    ],
    ["people holds Custom", "caller-workload holds Microsoft Graph User.Read.All", "Custom grants itself api Read"],
  ],
  [
    "a consenter with an unknown policy",
    customDirectoryRole("microsoft.directory/servicePrincipals/managePermissionGrantsForAll.everything"),
    [
      "people holds Custom",
      "Custom grants itself api Read",
      "Custom grants itself Microsoft Graph RoleManagement.ReadWrite.Directory",
      "Microsoft Graph RoleManagement.ReadWrite.Directory grants itself Global Administrator",
    ],
  ],
  [
    "a custom directory role that updates credentials",
    customDirectoryRole("microsoft.directory/applications/credentials/update"),
    ["people holds Custom", "Custom adds a credential to api", "Custom adds a credential to caller"],
  ],
  [
    "a custom directory role that updates names",
    customDirectoryRole("microsoft.directory/applications/basic/update"),
    ["people holds Custom"],
  ],
];

describe("the steps of attack paths", () => {
  it("are only the granted calls if no party can become another one", () => {
    expect(always).toEqual(["caller holds api Read"]);
  });

  it.each(cases)("are the granted calls and exactly the expected ones for %s", (_what, more, steps) => {
    const found = stepsIn(more).filter((step) => !always.includes(step));
    expect(found.toSorted()).toEqual(steps.toSorted());
  });

  it("include the secret of the service whose identity reads the vault, even if the stack does not write it into the vault", () => {
    const named = { identity: { name: "id-caller", principalId: "i-caller" } };
    const vault = vaultOf(false, policyOf("i-caller", "get")).slice(0, 1);
    const withoutSecret = landscape(named, vault).filter(({ urn }) => !urn.endsWith("::caller-secret"));
    expect(stepsIn(vault, named)).toContain("caller-vault contains a secret of caller");
    expect(stackGraph(accessModelOf(withoutSecret)).steps.map(({ kind }) => kind)).toEqual(["reads", "holds"]);
  });

  it("have a sentence that explains them, and the name of the resource that causes them", () => {
    const model = accessModelOf(landscape(identity, [group, people, assigned(roleIds.contributor, "shop")]));
    expect(stackGraph(model).steps.map(({ how, resource: from }) => [how, from])).toEqual([
      ["people runs a workload as caller-workload by the Azure role Contributor on shop.", "assigned"],
      ["caller is granted the role Read of api.", "caller → api Read"],
    ]);
  });

  it("distinguish two unknown parties", () => {
    const unknownOwner = (name: string, of: string) =>
      resource("ApplicationOwner", name, {
        applicationId: `${of}-application`,
        ownerObjectId: { "microservice-identities:unknown": "is encrypted" },
      });
    const { steps } = stackGraph(accessModelOf(landscape({}, [unknownOwner("a", "api"), unknownOwner("b", "caller")])));
    const owners = steps.filter(({ kind }) => kind === "owns").map(({ from }) => from.key);
    expect([owners.length, new Set(owners).size]).toEqual([2, 2]);
  });
});
