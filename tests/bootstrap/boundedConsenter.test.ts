import { rm } from "node:fs/promises";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { bootstrapProject, writeBootstrapSettings } from "@microservice-identities/test-support/bootstrapProject";
import { excludedConsent } from "@microservice-identities/well-known/consentPolicy";
import { appRoleOf } from "@microservice-identities/well-known/microsoftApis";
import { microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import { localTenant } from "../../cli/adoption/localTenant";
import { carryOut } from "../../cli/consentPolicy";
import { changesOfConsentPolicy } from "../../cli/consentPolicy/consentPolicy";

jest.setTimeout(60_000);

describe("a consenter with an app consent policy", () => {
  let folder: string;
  let azure: TestAzure;
  let tenant: Awaited<ReturnType<typeof localTenant>>;
  beforeAll(async () => {
    folder = await bootstrapProject();
    azure = await startTestAzure({
      deployerPermissions: [
        ...["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "Application.Read.All"],
        ...["RoleManagement.ReadWrite.Directory", "Policy.ReadWrite.PermissionGrant"],
      ],
    });
    tenant = await localTenant(azure.azure);
    await carryOut(tenant, await changesOfConsentPolicy(tenant));
  });
  afterAll(async () => {
    await tenant.close();
    await azure.close();
    await rm(folder, { recursive: true });
  });

  const deploy = async (stack: string, settings: object) => {
    await writeBootstrapSettings(folder, stack, settings);
    await new BuiltInStack({ azure: azure.azure, projectFolder: path.join(folder, "bootstrap"), stack }).up();
    return [...azure.azure.subscription.identities.values()].find(({ name }) => name === `id-consenter-${stack}`);
  };

  /** Signs in as the identity. @returns a function that requests a grant, and returns the status and a function that revokes the grant */
  const grantedBy = async (identity: { clientId: string } | undefined) => {
    const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = azure.azure.workloadHost();
    const resource = `${azure.azure.authority}/graph`;
    const address = `${IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=${resource}&client_id=${identity?.clientId}`;
    const { access_token: token } = (
      await azure.send("GET", address, {
        headers: { "x-identity-header": IDENTITY_HEADER },
      })
    ).body;
    return {
      grant: async (principalId: string, resourceId: string, appRoleId: string | undefined) => {
        const body = { principalId, resourceId, appRoleId };
        const api = `/v1.0/servicePrincipals/${resourceId}/appRoleAssignedTo`;
        const { status, body: made } = await azure.graph("POST", api, body, token);
        return {
          status,
          revoke: async () => (await azure.graph("DELETE", `${api}/${made.id}`, undefined, token)).status,
        };
      },
    };
  };

  const service = (name: string) => {
    const { tenant: directory } = azure.azure;
    const application = directory.addApplication(name);
    const role = { id: "33333333-3333-4333-8333-333333333333", value: "Orders.Read", displayName: "Read" };
    application.appRoles = [{ ...role, description: "Read.", isEnabled: true, allowedMemberTypes: ["Application"] }];
    return { id: directory.addServicePrincipal({ appId: application.appId, displayName: name }).id, role: role.id };
  };
  const graphPrincipal = () => azure.azure.tenant.servicePrincipalOf(microsoftGraph)?.id ?? "";
  const readAllMail = appRoleOf(microsoftGraph, "Mail.Read")?.id;

  it("can make and remove a grant for a landscape's API, but none for Microsoft Graph", async () => {
    const { grant } = await grantedBy(await deploy("bounded", { boundedConsenter: "true" }));
    const [caller, api] = [service("caller"), service("api")];
    const landscapes = await grant(caller.id, api.id, api.role);
    expect([landscapes.status, await landscapes.revoke()]).toEqual([201, 204]);
    const graphs = await grant(caller.id, graphPrincipal(), readAllMail);
    expect([graphs.status, azure.azure.tenant.assignmentsOf(caller.id)]).toEqual([403, []]);
  });

  it("is created only on request: without the policy, the consenter can grant a role of Microsoft Graph", async () => {
    const { grant } = await grantedBy(await deploy("unbounded", {}));
    const caller = service("other caller");
    const graphs = await grant(caller.id, graphPrincipal(), readAllMail);
    expect([graphs.status, await graphs.revoke()]).toEqual([201, 204]);
  });

  it("gets the original policy back after somebody widened it by hand", async () => {
    expect(await changesOfConsentPolicy(tenant)).toEqual([]);
    const policy = "/v1.0/policies/permissionGrantPolicies/microservice-identities";
    const { body } = await azure.graph("GET", `${policy}/excludes`);
    const ofGraph = body.value.find(
      (set: { resourceApplication: string }) => set.resourceApplication === microsoftGraph,
    );
    await azure.graph("DELETE", `${policy}/excludes/${ofGraph.id}`);
    await azure.graph("POST", `${policy}/includes`, {
      permissionType: "delegated",
      resourceApplication: microsoftGraph,
    });
    const changes = await changesOfConsentPolicy(tenant);
    expect(changes.map(({ what }) => what)).toEqual([
      "+ excludes application permissions of Microsoft Graph",
      "- includes delegated permissions of Microsoft Graph",
    ]);
    await carryOut(tenant, changes);
    expect(await changesOfConsentPolicy(tenant)).toEqual([]);
    const { body: after } = await azure.graph("GET", policy);
    expect([after.includes.length, after.excludes.length]).toEqual([1, excludedConsent.length]);
  });
});
