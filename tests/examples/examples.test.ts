import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { provableStack } from "@microservice-identities/proof/directory";
import { differencesOf } from "@microservice-identities/proof/report";
import { review } from "@microservice-identities/review/review";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { prove } from "@microservice-identities/test-support/proof";
import { today } from "@microservice-identities/validation/days";
import { ComponentResource } from "@pulumi/pulumi";
import { localConfig } from "../../cli/deployingCommand";
import * as components from "../../components";

jest.setTimeout(120_000);

const folder = path.join(projectFolder, "examples");

/** Examples with more than one component. */
const beside = ["attachments", "kubernetesWorkloads"];

/**
 * The resources and components that each example registers, by the last part of the type. Passwords are omitted, because
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
  kubernetesWorkloads: {
    ResourceGroup: 1,
    Application: 2,
    ApplicationIdentifierUri: 2,
    ServicePrincipal: 2,
    RandomUuid: 2,
    AppRegistration: 2,
    AppRoleAssignment: 1,
    ApplicationApiAccess: 1,
    ApplicationPermissionGrant: 1,
    ApplicationFederatedIdentityCredential: 2,
    ServiceAccountCredential: 2,
    Microservice: 2,
    Landscape: 1,
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

it("each component has an example, and this test knows all examples", async () => {
  const classes = Object.entries(components).flatMap(([name, exported]) =>
    typeof exported === "function" && exported.prototype instanceof ComponentResource
      ? `${name[0]?.toLowerCase()}${name.slice(1)}`
      : [],
  );
  const programs = (await readdir(folder)).filter((file) => file.endsWith(".ts")).map((file) => path.parse(file).name);
  expect(programs.sort()).toEqual([...classes, ...beside].sort());
  expect(Object.keys(expected).sort()).toEqual(programs);
});

it.each(Object.entries(expected))("%s registers exactly the expected resources", async (name, counts) => {
  expect(await countsOf(name)).toEqual(counts);
});

it("attachments gives a workload its own identity, and workloads their variables", async () => {
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

/** The findings in each example, without `retired-api-version`, whose severity depends on the day. */
const findings: Readonly<Record<string, readonly string[]>> = {
  appRegistration: ["low uncalled-api: orders-example"],
  // The certificate is valid for long, so that the example does not expire.
  clientCertificate: ["high long-certificate: orders-certificate-cdf901658580"],
  clientSecret: ["low avoidable-secret: secrets"],
  kubernetesWorkloads: [
    "low outside-trust: inventory-shop-inventory-94a85401",
    "low outside-trust: orders-shop-orders-fafda6dd",
  ],
  landscape: ["low avoidable-secret: secrets"],
  microservice: ["low avoidable-secret: secrets", "low uncalled-api: orders-example"],
  // An identity that deploys registrations must be powerful, and the example shows such an identity.
  pipelineIdentity: [
    "high privileged-graph: id-registrar → Microsoft Graph Application.ReadWrite.OwnedBy",
    "low outside-trust: registrar-trusts-github-dev",
    "low privileged-graph: id-registrar → Microsoft Graph Application.Read.All",
  ],
  serviceAccountCredential: ["low outside-trust: orders-shop-orders-a4f34a97"],
};

it.each(Object.keys(expected))("the review of %s has exactly the expected findings", async (name) => {
  const found = review(await resourcesOf(name), { today: today() }).findings;
  const lasting = found.filter(({ rule }) => rule !== "retired-api-version");
  expect(lasting.map(({ severity, rule, subject }) => `${severity} ${rule}: ${subject}`)).toEqual(findings[name] ?? []);
});

// The local Azure does not support Container Apps and App Service. A program can be loaded only once, so this list does not
// contain the program that the next test proves.
const deployed = Object.keys(expected).filter((name) => !beside.includes(name));

it.each(deployed)("%s deploys exactly the expected resources onto the local Azure", async (name) => {
  await onLocalAzure(name, async (_, { resources }) => expect(countsByWord(resources)).toEqual(customIn(name)));
});

it("kubernetesWorkloads deploys exactly the expected resources onto the local Azure, and its calls pass the proof", async () => {
  await onLocalAzure("kubernetesWorkloads", async (azure, { outputs, resources }) => {
    expect(countsByWord(resources)).toEqual(customIn("kubernetesWorkloads"));
    const report = await prove(azure, provableStack.parse({ ...outputs, authority: azure.authority }));
    expect(differencesOf(report)).toEqual([]);
    expect(report.calls.map(({ caller, api, got }) => [caller, api, got])).toEqual([
      ["inventory", "orders", "AADSTS501051"],
      ["orders", "inventory", ["Stock.Read"]],
    ]);
  });
});

const customIn = (name: string): Record<string, number> =>
  Object.fromEntries(Object.entries(expected[name] ?? {}).filter(([word]) => !(word in components)));

async function onLocalAzure(
  name: string,
  use: (azure: LocalAzure, deployed: Awaited<ReturnType<BuiltInStack["up"]>>) => Promise<void>,
): Promise<void> {
  const azure = await startLocalAzure();
  try {
    const stack = new BuiltInStack({ azure, projectFolder: folder, stack: "dev" }, async () => {
      const exported = require(path.join(folder, name));
      return typeof exported === "function" ? exported() : exported;
    });
    await use(azure, await stack.up({ config: localConfig(azure) }));
  } finally {
    await azure.close();
  }
}

async function countsOf(name: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { type } of await resourcesOf(name)) counts[type] = (counts[type] ?? 0) + 1;
  return countsByWord(counts);
}

/** Counts by the last part of the type, without the stack itself, its settings, its providers and passwords. */
const countsByWord = (byType: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(byType)
      .filter(([type]) => !/^pulumi:|:(Settings|ApplicationPassword)$/.test(type))
      .map(([type, count]) => [type.split(":").at(-1), count]),
  );

const evaluated = new Map<string, Promise<EvaluatedResource[]>>();

function resourcesOf(name: string): Promise<EvaluatedResource[]> {
  const resources = evaluated.get(name) ?? evaluate(name);
  evaluated.set(name, resources);
  return resources;
}

async function evaluate(name: string): Promise<EvaluatedResource[]> {
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
