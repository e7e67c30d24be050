import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { ComponentResource } from "@pulumi/pulumi";
import * as components from "../../components";

jest.setTimeout(120_000);

// What these tests cannot prove: that Azure accepts the resources. tests/e2e deploys the same components onto the local Azure.

const folder = path.join(projectFolder, "examples");

/** Programs about more than one component. */
const beside = ["attachments"];

/**
 * The resources and components that each example's program registers, by the type's last word. The passwords are left out:
 * during an overlap there are two of them.
 */
const expected: Record<string, Record<string, number>> = {
  alarms: {
    ResourceGroup: 1,
    UserAssignedIdentity: 1,
    RandomString: 1,
    Vault: 1,
    DiagnosticSetting: 1,
    ServiceVault: 1,
    EventSubscription: 1,
    ScheduledQueryRule: 1,
    Alarms: 1,
  },
  appRegistration: {
    Application: 1,
    ApplicationIdentifierUri: 1,
    ServicePrincipal: 1,
    RandomUuid: 1,
    AppRegistration: 1,
  },
  applicationPermissionGrant: {
    Application: 2,
    ApplicationIdentifierUri: 2,
    ServicePrincipal: 2,
    RandomUuid: 1,
    AppRegistration: 2,
    AppRoleAssignment: 1,
    ApplicationApiAccess: 1,
    ApplicationPermissionGrant: 1,
  },
  attachments: {
    ResourceGroup: 2,
    ManagedEnvironment: 1,
    ContainerApp: 1,
    AppServicePlan: 1,
    WebApp: 2,
    AppRoleAssignment: 2,
    ApplicationApiAccess: 2,
    ApplicationPermissionGrant: 2,
    UserAssignedIdentity: 3,
    Application: 3,
    ApplicationIdentifierUri: 3,
    ServicePrincipal: 3,
    RandomUuid: 2,
    AppRegistration: 3,
    ApplicationFederatedIdentityCredential: 3,
    WorkloadCredential: 3,
    Microservice: 3,
    Landscape: 1,
  },
  clientCertificate: {
    Application: 1,
    ApplicationIdentifierUri: 1,
    ServicePrincipal: 1,
    AppRegistration: 1,
    ApplicationCertificate: 1,
    ClientCertificate: 1,
  },
  clientSecret: {
    UserAssignedIdentity: 1,
    ResourceGroup: 1,
    Application: 1,
    ApplicationIdentifierUri: 1,
    ServicePrincipal: 1,
    AppRegistration: 1,
    Secret: 1,
    ClientSecret: 1,
    Vault: 1,
    RandomString: 1,
    ServiceVault: 1,
  },
  landscape: {
    ResourceGroup: 1,
    AppRoleAssignment: 1,
    ApplicationApiAccess: 1,
    ApplicationPermissionGrant: 1,
    UserAssignedIdentity: 2,
    Application: 2,
    ApplicationIdentifierUri: 2,
    ServicePrincipal: 2,
    RandomUuid: 2,
    AppRegistration: 2,
    Secret: 1,
    ClientSecret: 1,
    Vault: 1,
    RandomString: 1,
    ServiceVault: 1,
    ApplicationFederatedIdentityCredential: 1,
    WorkloadCredential: 1,
    Microservice: 2,
    Landscape: 1,
  },
  microservice: {
    ResourceGroup: 1,
    UserAssignedIdentity: 1,
    Application: 1,
    ApplicationIdentifierUri: 1,
    ServicePrincipal: 1,
    RandomUuid: 1,
    AppRegistration: 1,
    Secret: 1,
    ClientSecret: 1,
    Vault: 1,
    RandomString: 1,
    ServiceVault: 1,
    Microservice: 1,
  },
  pipelineIdentity: {
    ResourceGroup: 1,
    FederatedIdentityCredential: 1,
    UserAssignedIdentity: 1,
    AppRoleAssignment: 2,
    PipelineIdentity: 1,
  },
  serviceAccountCredential: {
    Application: 1,
    ApplicationIdentifierUri: 1,
    ServicePrincipal: 1,
    AppRegistration: 1,
    ApplicationFederatedIdentityCredential: 1,
    ServiceAccountCredential: 1,
  },
  serviceVault: { UserAssignedIdentity: 1, ResourceGroup: 1, Vault: 1, RandomString: 1, ServiceVault: 1 },
  workloadCredential: {
    UserAssignedIdentity: 1,
    ResourceGroup: 1,
    Application: 1,
    ApplicationIdentifierUri: 1,
    ServicePrincipal: 1,
    AppRegistration: 1,
    ApplicationFederatedIdentityCredential: 1,
    WorkloadCredential: 1,
  },
};

it("each component has an example, which this test knows", async () => {
  const classes = Object.entries(components).flatMap(([name, exported]) =>
    typeof exported === "function" && exported.prototype instanceof ComponentResource
      ? `${name[0]?.toLowerCase()}${name.slice(1)}`
      : [],
  );
  const programs = (await readdir(folder)).filter((file) => file.endsWith(".ts")).map((file) => path.parse(file).name);
  expect(programs.sort()).toEqual([...classes, ...beside].sort());
  expect(Object.keys(expected).sort()).toEqual(programs);
});

it.each(Object.entries(expected))("%s is evaluated to exactly its resources", async (name, counts) => {
  expect(await countsOf(name)).toEqual(counts);
});

it("attachments gives each workload its own identity, and the variables that name it", async () => {
  const resources = await resourcesOf("attachments");
  const find = (type: string, name: string) => {
    const found = resources.find(({ urn }) => urn.endsWith(`:${type}::${name}`));
    if (!found) throw new Error(`there is no ${type} ${name}`);
    return found;
  };
  const variablesOf = (settings: unknown) =>
    Object.fromEntries((settings as { name: string; value: string }[]).map(({ name, value }) => [name, value]));
  const { identity: ofApp, template } = find("ContainerApp", "inventory").properties as {
    identity: object;
    template: { containers: { env: object[] }[] };
  };
  const { id, properties } = find("UserAssignedIdentity", "inventory-identity");
  expect(ofApp).toEqual({ type: "UserAssigned", userAssignedIdentities: [id] });
  expect(variablesOf(template.containers[0]?.env)).toMatchObject({
    AZURE_CLIENT_ID: properties.clientId,
    SERVICE_CREDENTIAL: "federated",
    SERVICE_APIS: "{}",
  });
  const reporting = find("WebApp", "reporting").properties as { siteConfig: { appSettings: object[] } };
  const inventory = find("Application", "inventory-application").properties;
  expect(variablesOf(reporting.siteConfig.appSettings)).toMatchObject({
    SERVICE_CREDENTIAL: "federated",
    SERVICE_APIS: JSON.stringify({ inventory: `api://${inventory.clientId}/.default` }),
  });
});

async function countsOf(name: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { type } of await resourcesOf(name)) {
    // The stack itself, and its settings.
    if (type.startsWith("pulumi:") || type.endsWith(":Settings") || type.endsWith(":ApplicationPassword")) continue;
    const word = type.split(":").at(-1) as string;
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}

async function resourcesOf(name: string) {
  const project = await mkdtemp(path.join(tmpdir(), "example-"));
  try {
    await symlink(path.join(projectFolder, "node_modules"), path.join(project, "node_modules"));
    const main = path.relative(project, path.join(folder, `${name}.ts`));
    await writeFile(path.join(project, "Pulumi.yaml"), `name: example\nmain: ${main}\nruntime: nodejs\n`);
    await writeFile(path.join(project, "Pulumi.dev.yaml"), "config: {}\n");
    return await evaluateOffline(project, "dev");
  } finally {
    await rm(project, { recursive: true });
  }
}
