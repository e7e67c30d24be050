import { rm } from "node:fs/promises";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { bootstrapProject, writeBootstrapSettings } from "@microservice-identities/test-support/bootstrapProject";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { readSettings } from "../../bootstrap/settings";

jest.setTimeout(60_000);

const project = "microservice-identities-bootstrap";

describe("the bootstrap of an environment", () => {
  let folder: string;
  let azure: LocalAzure;
  beforeAll(async () => {
    folder = await bootstrapProject();
    azure = await startLocalAzure();
  });
  afterAll(async () => {
    await azure.close();
    await rm(folder, { recursive: true });
  });

  const deploy = async (stack: string, settings: Record<string, string>) => (await stackOf(stack, settings)).up();
  /** @param before the same stack from its earlier deployment. Default: a new stack */
  const stackOf = async (stack: string, settings: Record<string, string>, before?: BuiltInStack) => {
    await writeBootstrapSettings(folder, stack, settings);
    return before ?? new BuiltInStack({ azure, projectFolder: path.join(folder, "bootstrap"), stack });
  };
  /** The Graph permissions of an identity, the subjects that can sign in as it, and its Azure roles. */
  const rightsOf = (name: string) => {
    const { tenant, subscription } = azure;
    const identity = [...subscription.identities.values()].find((each) => each.name === name);
    if (!identity) return undefined;
    const graph = [...tenant.servicePrincipals.values()].find(({ displayName }) => displayName === "Microsoft Graph");
    const permissions = tenant
      .assignmentsOf(identity.principalId)
      .map(({ appRoleId }) => graph?.foreign?.appRoles.find(({ id }) => id === appRoleId)?.value);
    return {
      permissions: permissions.sort(),
      subjects: [...identity.federatedCredentials.values()].map(({ subject }) => subject),
      roles: subscription.access
        .all()
        .filter(({ principalId }) => principalId === identity.principalId)
        .map(({ roleId, scope }) => [subscription.access.definition(roleId)?.name, scope === subscription.path])
        // Sorted, because the deployment assigns them at the same time.
        .sort(),
    };
  };

  it("creates a registrar that cannot consent, and a consenter that cannot create registrations", async () => {
    const { outputs } = await deploy("prod", {});
    expect(rightsOf("id-registrar-prod")).toEqual({
      permissions: ["Application.Read.All", "Application.ReadWrite.OwnedBy"],
      subjects: [
        "repo:acme/shop:environment:prod",
        "repo:acme/shop:environment:prod-daily",
        "repo:acme/shop:environment:prod-consent",
      ],
      roles: [["Microservice identities registrar (prod)", true]],
    });
    expect(rightsOf("id-consenter-prod")).toEqual({
      permissions: ["AppRoleAssignment.ReadWrite.All", "Application.Read.All"],
      subjects: ["repo:acme/shop:environment:prod-consent"],
      // Assigned at the group of the pipelines' identities, not at the subscription.
      roles: [["Reader", false]],
    });
    expect(rightsOf("id-previewer-prod")).toBeUndefined();
    expect(Object.keys(outputs.variables as object).sort()).toEqual([
      "AZURE_SUBSCRIPTION_ID",
      "AZURE_TENANT_ID",
      "CONSENTER_CLIENT_ID",
      "REGISTRAR_CLIENT_ID",
      "REGISTRAR_OBJECT_ID",
    ]);
  });

  it("creates an auditor only on request, which can only read applications and the subscription", async () => {
    const { outputs } = await deploy("audited", { auditor: "true" });
    expect(rightsOf("id-auditor-audited")).toEqual({
      permissions: ["Application.Read.All"],
      subjects: ["repo:acme/shop:environment:audited-daily"],
      roles: [["Reader", true]],
    });
    expect(Object.keys(outputs.variables as object)).toContain("AUDITOR_CLIENT_ID");
    expect(rightsOf("id-auditor-prod")).toBeUndefined();
  });

  it("gives pull requests a previewer that can only read one environment", async () => {
    await deploy("dev", { previewsPullRequests: "true" });
    expect(rightsOf("id-previewer-dev")).toEqual({
      permissions: ["Application.Read.All"],
      subjects: ["repo:acme/shop:pull_request"],
      roles: [["Reader", true]],
    });
  });

  it("gives the registrar the Azure permissions that a landscape needs, but not those to read a secret or assign a role", async () => {
    const { subscription } = azure;
    const registrar = [...subscription.identities.values()].find(({ name }) => name === "id-registrar-prod");
    const isAllowed = (action: string, kind: "actions" | "dataActions" = "actions") =>
      subscription.access.allows(registrar?.principalId ?? "", action, `${subscription.path}/resourceGroups/rg`, kind);
    for (const type of [
      "Microsoft.Resources/subscriptions/resourceGroups",
      "Microsoft.KeyVault/vaults",
      "Microsoft.KeyVault/vaults/secrets",
      "Microsoft.ManagedIdentity/userAssignedIdentities",
    ])
      for (const action of ["read", "write"])
        expect([type, action, isAllowed(`${type}/${action}`)]).toEqual([type, action, true]);
    expect(isAllowed("Microsoft.KeyVault/vaults/secrets/getSecret/action", "dataActions")).toBe(false);
    expect(isAllowed("Microsoft.Authorization/roleAssignments/write")).toBe(false);
    expect(isAllowed("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write")).toBe(
      false,
    );
  });

  it("in another cloud trusts tokens with the cloud's audience, and publishes the cloud's name for the pipelines", async () => {
    const { outputs } = await deploy("gov", { cloud: "usgovernment" });
    expect(outputs.variables).toMatchObject({
      ARM_ENVIRONMENT: "usgovernment",
      AZURE_ENVIRONMENT: "azureusgovernment",
      TOKEN_EXCHANGE_AUDIENCE: "api://AzureADTokenExchangeUSGov",
    });
    const identities = [...azure.subscription.identities.values()].filter(({ name }) => name.endsWith("-gov"));
    expect(identities).toHaveLength(2);
    for (const { federatedCredentials } of identities)
      for (const { audiences } of federatedCredentials.values())
        expect(audiences).toEqual(["api://AzureADTokenExchangeUSGov"]);
  });

  it("lets the registrar assign to services only the roles for reading vaults and for deploying workloads", async () => {
    const { outputs } = await deploy("rbac", { rbacVaults: "true", workloadDeployers: "true" });
    const { subscription } = azure;
    const readerRole = `${outputs.vaultReaderRole}`;
    expect(subscription.access.definition(readerRole)).toMatchObject({
      name: "Microservice identities vault reader (rbac)",
      actions: [],
      dataActions: ["Microsoft.KeyVault/vaults/secrets/getSecret/action"],
    });
    expect(rightsOf("id-registrar-rbac")?.roles.sort()).toEqual([
      ["Microservice identities registrar (rbac)", true],
      ["Microservice identities role assigner (rbac)", true],
    ]);
    const identityOf = (name: string) => [...subscription.identities.values()].find((each) => each.name === name);
    const registrar = identityOf("id-registrar-rbac")?.principalId ?? "";
    const consenter = identityOf("id-consenter-rbac")?.principalId ?? "";
    const service = "11111111-1111-4111-8111-111111111111";
    const assignments = "Microsoft.Authorization/roleAssignments";
    const isAllowed = (
      verb: "write" | "delete",
      RoleDefinitionId: string,
      PrincipalId: string,
      PrincipalType: string,
    ) => {
      const about = { RoleDefinitionId, PrincipalId, PrincipalType };
      return subscription.access.allows(
        registrar,
        `${assignments}/${verb}`,
        `${subscription.path}/resourceGroups/rg`,
        "actions",
        verb === "write" ? { request: about } : { resource: about },
      );
    };
    for (const verb of ["write", "delete"] as const)
      expect([
        isAllowed(verb, readerRole, service, "ServicePrincipal"),
        isAllowed(verb, azureRoles.managedIdentityOperator.id, service, "ServicePrincipal"),
        isAllowed(verb, readerRole, service, "User"),
        isAllowed(verb, azureRoles.keyVaultSecretsUser.id, service, "ServicePrincipal"),
        isAllowed(verb, azureRoles.owner.id, service, "ServicePrincipal"),
        isAllowed(verb, readerRole, registrar, "ServicePrincipal"),
        isAllowed(verb, readerRole, consenter, "ServicePrincipal"),
      ]).toEqual([true, true, false, false, false, false, false]);
  });

  it("refuses a new region, because it would replace the pipelines' identities, which own the deployed objects", async () => {
    const identities = () =>
      [...azure.subscription.identities.values()].map(({ name, principalId }) => `${name} ${principalId}`).sort();
    const before = identities();
    expect(before).not.toEqual([]);
    const stack = await stackOf("test", {});
    await stack.up();
    const after = identities();
    await expect((await stackOf("test", { location: "northeurope" }, stack)).up()).rejects.toThrow(
      /pipelines is protected, and this change would replace it: revert the change/,
    );
    expect(identities()).toEqual(after);
  });

  it("refuses a stack name that leads to invalid names, and one service connection for two identities", () => {
    const connection = { issuer: "https://vstoken.dev.azure.com/acme", subject: "sc://acme/shop/registrar" };
    const azurePipelines = { registrar: connection, consenter: connection };
    const config = { location: "westeurope", azurePipelines: JSON.stringify(azurePipelines) };
    const settings = Object.fromEntries(Object.entries(config).map(([key, value]) => [`${project}:${key}`, value]));
    const name = "letters, digits, hyphens and underscores, beginning with a letter or digit";
    expect(() => readSettings(settings, project, "v1.2")).toThrow(
      new Error(
        [
          "bootstrap/Pulumi.v1.2.yaml has 6 problems:",
          `  ${project}:azurePipelines.consenter and azurePipelines.registrar are the same service connection; each identity needs one of its own, because everybody who can use it can sign in as the identity`,
          ...["registrar", "consenter", "previewer", "auditor"].map(
            (role) =>
              `  ${project}:the name of the stack: the ${role} would be called "id-${role}-v1.2"; allowed: 3 to 128 ${name}`,
          ),
          `  ${project}:the name of the stack: a credential of the registrar would be called "github-v1.2-consent"; allowed: 3 to 120 ${name}`,
        ].join("\n"),
      ),
    );
  });

  it("lists all problems of its settings", () => {
    expect(() =>
      readSettings({ [`${project}:githubSubject`]: "acme/shop", [`${project}:colour`]: "red" }, project, "dev"),
    ).toThrow(
      new Error(
        [
          "bootstrap/Pulumi.dev.yaml has 3 problems:",
          `  ${project}:location is missing; allowed: an Azure region like westeurope`,
          `  ${project}:githubSubject is "acme/shop"; allowed: your repository as in the subject of its tokens, for example repo:acme/shop`,
          `  ${project}:colour is unknown; allowed here: location, cloud, githubSubject, azurePipelines, gitlab, landingZone, rbacVaults, boundedConsenter, workloadDeployers, previewsPullRequests, auditor`,
        ].join("\n"),
      ),
    );
    expect(() => readSettings({ [`${project}:location`]: "westeurope" }, project, "dev")).toThrow(
      `bootstrap/Pulumi.dev.yaml has 1 problem:\n  ${project}:githubSubject, azurePipelines or gitlab is missing: one of them must name the jobs that can sign in`,
    );
  });
});
