import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import {
  type DeployerEnvironment,
  type LocalAzure,
  startLocalAzure,
} from "@microservice-identities/local-azure/localAzure";
import { differencesOf } from "@microservice-identities/proof/report";
import { projectWith, writeLandscape } from "@microservice-identities/test-support/project";
import { prove } from "@microservice-identities/test-support/proof";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { registrarActions } from "../../bootstrap/registrarActions";
import { assignerActions, getSecret, onlyRoles } from "../../bootstrap/roleAssignments";

jest.setTimeout(120_000);

describe("a stack whose everyday deployer cannot consent", () => {
  let folder: string;
  let azure: LocalAzure;
  let registrar: DeployerEnvironment;
  let consenter: DeployerEnvironment;
  let stack: BuiltInStack;

  const readerRole = { id: randomUUID(), name: "Vault reader", actions: [], notActions: [], dataActions: [getSecret] };
  const appRoles = { "Data.Read": { description: "Read." }, "Data.Write": { description: "Write." } };
  const landscape = (...roles: string[]) => ({
    services: {
      reader: { description: "Reads.", appRoles: {}, calls: { data: { roles, because: "It reads." } } },
      data: { description: "Has the data.", appRoles },
    },
  });
  // Only the signed-in identity changes from job to job.
  const up = () => stack.up({ config: { authority: azure.authority } });

  beforeAll(async () => {
    folder = await projectWith({
      dev: {
        location: "westeurope",
        rotation: { since: "2026-11-01" },
        services: { data: { credential: "federated", workloadDeployer: randomUUID() } },
        vault: { authorization: "rbac", readerRole: readerRole.id },
        separateConsent: true,
        landscapeFile: "pair.yaml",
      },
    });
    azure = await startLocalAzure({ deployerPermissions: [] });
    // The same rights as from the bootstrap.
    const role = { id: randomUUID(), name: "Registrar", actions: registrarActions, notActions: [], dataActions: [] };
    const assigner = { ...role, id: randomUUID(), name: "Assigner", actions: assignerActions };
    for (const each of [role, readerRole, assigner]) azure.subscription.access.define(each);
    registrar = azure.addIdentity("registrar", ["Application.ReadWrite.OwnedBy", "Application.Read.All"], role.id);
    const principal = [...azure.tenant.servicePrincipals.values()].find(
      ({ appId }) => appId === registrar.ARM_CLIENT_ID,
    );
    azure.subscription.access.add({
      id: `${azure.subscription.path}/providers/Microsoft.Authorization/roleAssignments/${assigner.id}`,
      name: assigner.id,
      scope: azure.subscription.path,
      principalId: principal?.id ?? "",
      principalType: "ServicePrincipal",
      roleId: assigner.id,
      description: null,
      condition: onlyRoles([readerRole.id, azureRoles.managedIdentityOperator.id], [principal?.id ?? ""]),
      createdOn: "2026-11-01T00:00:00Z",
    });
    consenter = azure.addIdentity("consenter", ["AppRoleAssignment.ReadWrite.All", "Application.Read.All"]);
    stack = new BuiltInStack({ azure, projectFolder: folder, stack: "dev", registrar, signedIn: consenter });
  });
  afterAll(async () => {
    await azure.close();
    await rm(folder, { recursive: true });
  });

  it("is deployed by the registrar and the consenter together, and passes the proof", async () => {
    await writeLandscape(folder, "pair", landscape("Data.Read"));
    const { outputs, resources } = await up();
    expect(resources["azuread:index/appRoleAssignment:AppRoleAssignment"]).toBe(1);
    expect(differencesOf(await proveIt(outputs))).toEqual([]);
  });

  it("is deployed by the everyday deployer alone as long as no grant changes", async () => {
    stack = stack.signedInAs(registrar);
    const operations = await stack.preview({ config: { authority: azure.authority } });
    expect(operations).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    expect((await up()).operations).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  it("gets a new grant from the consenter, but not from the everyday deployer", async () => {
    await writeLandscape(folder, "pair", landscape("Data.Read", "Data.Write"));
    await expect(up()).rejects.toThrow(
      /^the deployment of stack dev failed:\n {2}reader-calls-data-Data\.Write \(azuread:index\/appRoleAssignment:AppRoleAssignment\): POST .*: unexpected status 403 with error: Authorization_RequestDenied: Insufficient privileges to complete the operation\.$/,
    );
    stack = stack.signedInAs(consenter);
    const { outputs } = await up();
    const report = await proveIt(outputs);
    expect(differencesOf(report)).toEqual([]);
    expect(report.calls.find(({ caller }) => caller === "reader")?.got).toEqual(["Data.Read", "Data.Write"]);
  });

  /** The proof reads the credentials in Entra as the registrar, which has the permission for it. */
  const proveIt = (outputs: Readonly<Record<string, unknown>>) => prove({ ...azure, deployer: registrar }, outputs);
});
