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

/**
 * The resources and components that each example's program registers, by the type's last word. The passwords are left out:
 * during an overlap there are two of them.
 */
const expected: Record<string, Record<string, number>> = {
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
  expect(programs.sort()).toEqual(classes.sort());
  expect(Object.keys(expected).sort()).toEqual(programs);
});

it.each(Object.entries(expected))("%s is evaluated to exactly its resources", async (name, counts) => {
  expect(await countsOf(name)).toEqual(counts);
});

async function countsOf(name: string): Promise<Record<string, number>> {
  const project = await mkdtemp(path.join(tmpdir(), "example-"));
  try {
    await symlink(path.join(projectFolder, "node_modules"), path.join(project, "node_modules"));
    const main = path.relative(project, path.join(folder, `${name}.ts`));
    await writeFile(path.join(project, "Pulumi.yaml"), `name: example\nmain: ${main}\nruntime: nodejs\n`);
    await writeFile(path.join(project, "Pulumi.dev.yaml"), "config: {}\n");
    const counts: Record<string, number> = {};
    for (const { type } of await evaluateOffline(project, "dev")) {
      // The stack itself, and its settings.
      if (type.startsWith("pulumi:") || type.endsWith(":Settings") || type.endsWith(":ApplicationPassword")) continue;
      const word = type.split(":").at(-1) as string;
      counts[word] = (counts[word] ?? 0) + 1;
    }
    return counts;
  } finally {
    await rm(project, { recursive: true });
  }
}
