import type { DeployerEnvironment } from "@microservice-identities/engine/deployment/targetAzure";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { settingsResource } from "@microservice-identities/engine/evaluation/stackSettings";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { guid } from "@microservice-identities/test-support/mocks";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { localTenant } from "../../../cli/adoption/localTenant";
import type { TenantEditor } from "../../../cli/adoption/tenant";
import { exitCodeFor, preflight, preflightText } from "../../../cli/preflight/preflight";

type Json = Record<string, unknown>;

const today = new Date("2026-11-25T00:00:00Z");

/** An evaluated resource of the stack `dev`. */
const resource = (type: string, name: string, properties: Json, id = `${name}-id`): EvaluatedResource => ({
  urn: `urn:pulumi:dev::small::${type}::${name}`,
  type,
  id,
  parent: "",
  properties,
});
const registration = (name: string, properties: Json = {}) => [
  resource(
    "azuread:index/application:Application",
    name,
    { displayName: `${name}-dev`, clientId: guid(name, "client"), objectId: guid(name, "object"), ...properties },
    `/applications/${guid(name, "object")}`,
  ),
  resource("azuread:index/servicePrincipal:ServicePrincipal", name, {
    clientId: guid(name, "client"),
    objectId: guid(name, "principal"),
  }),
];
const partOf = (name: string, type: string, part: string, properties: Json) =>
  resource(`azuread:index/x:${type}`, part, { applicationId: `/applications/${guid(name, "object")}`, ...properties });
const secret = (name: string) =>
  partOf(name, "ApplicationPassword", `${name}-secret`, {
    displayName: "window 2026-11-01",
    endDate: "2027-04-30T00:00:00Z",
  });
const count = (length: number) => Array.from({ length }, (_, index) => index);

describe("preflight", () => {
  let azure: TestAzure;
  let tenant: TenantEditor & { close(): Promise<void> };
  const everything = ["Application.ReadWrite.OwnedBy", "Policy.Read.All", "RoleManagement.Read.Directory"];
  const as = (given: DeployerEnvironment) =>
    localTenant({ authority: azure.azure.authority, caCertificate: azure.azure.caCertificate, deployer: given });
  beforeEach(async () => {
    azure = await startTestAzure();
    tenant = await as(azure.azure.addIdentity("registrar", everything, azureRoles.contributor.id));
  });
  afterEach(async () => {
    await tenant.close();
    await azure.close();
  });
  const check = (wanted: readonly EvaluatedResource[]) => preflight({ stack: "dev", wanted, tenant, state: [] }, today);

  it("passes a stack within all limits, and exits with 0", async () => {
    const outcome = await check([...registration("orders"), secret("orders")]);
    expect([outcome.findings, outcome.unchecked, exitCodeFor(outcome)]).toEqual([[], [], 0]);
    expect(preflightText(outcome)).toBe(
      [
        "Not known: whether the tenant requires serviceManagementReference. No API reports it, and the registrar owns no registration that would show it.",
        "Preflight passed.",
      ].join("\n"),
    );
  });

  it("lists what it could not read and the permission for it, and exits with 2", async () => {
    await tenant.close();
    tenant = await as(azure.azure.addIdentity("registrar", ["Application.ReadWrite.OwnedBy"]));
    const vault = resource("azure-native:keyvault:Vault", "orders", {
      vaultName: "orders-abc123",
      location: "westeurope",
    });
    const outcome = await check([...registration("orders"), secret("orders"), vault]);
    expect(outcome.findings).toEqual([]);
    expect(outcome.unchecked.map(({ what, needs }) => `not checked: ${what}, needs ${needs}`)).toEqual([
      "not checked: whether the tenant's default app management policy refuses secrets, needs Policy.Read.All in Microsoft Graph",
      "not checked: whether a Conditional Access policy blocks the stack's service principals, needs Policy.Read.All in Microsoft Graph",
      "not checked: whether a deleted vault reserves the name orders-abc123, needs Microsoft.KeyVault/locations/deletedVaults/read in the subscription",
    ]);
    expect(exitCodeFor(outcome)).toBe(2);
  });

  describe("of the quota of 250 objects", () => {
    /** 124 registrations with their principals: room for one more service. */
    beforeEach(() => {
      for (const index of count(124)) {
        const { appId } = azure.azure.tenant.addApplication(`service-${index}`, [tenant.objectId]);
        const principal = azure.azure.tenant.addServicePrincipal({ appId, displayName: `service-${index}` });
        principal.owners.add(tenant.objectId);
      }
    });

    it("accepts a stack that just fits, and reports one that does not fit", async () => {
      expect((await check(registration("orders"))).findings).toEqual([]);
      const outcome = await check([...registration("orders"), ...registration("billing")]);
      expect(outcome.findings).toEqual([
        {
          place: `the principal that creates the registrations, ${tenant.objectId}`,
          value: "252 directory objects: 248 owned, 0 deleted and not yet purged, 4 to be created",
          limit: "250 objects for a principal without a directory role",
          consequence: expect.stringMatching(/403 Directory_QuotaExceeded/),
          remedy: expect.stringMatching(/custom directory role/),
        },
      ]);
      expect(exitCodeFor(outcome)).toBe(1);
    });

    it("counts deleted objects only if they have a stack's mark", async () => {
      const [own, foreign] = ["pulumi-stack:3f0b4d63", "something"].map((tag) => {
        const application = azure.azure.tenant.addApplication(tag, [tenant.objectId], (created) => {
          created.properties = { ...created.properties, tags: [tag] };
        });
        azure.azure.tenant.removeApplication(application);
        return application;
      });
      expect(own?.id).not.toBe(foreign?.id);
      const outcome = await check(registration("orders"));
      expect(outcome.findings.map(({ value, remedy }) => [value, remedy])).toEqual([
        [
          "251 directory objects: 248 owned, 1 deleted and not yet purged, 2 to be created",
          expect.stringMatching(/^Purge the deleted objects \(npm run purge\)/),
        ],
      ]);
    });

    it("is skipped for a registrar with a directory role, and says so", async () => {
      azure.azure.tenant.directoryRoleHolders.add(tenant.objectId);
      const outcome = await check([...registration("orders"), ...registration("billing")]);
      expect(outcome.findings).toEqual([]);
      expect(outcome.skipped).toContain(
        "The quota of the registrar: it holds a directory role, which lifts the limit.",
      );
    });
  });

  it.each([
    [
      "50 APIs",
      count(51).map((index) =>
        partOf("orders", "ApplicationApiAccess", `api-${index}`, { apiClientId: guid(`${index}`), roleIds: ["role"] }),
      ),
      ["51 APIs of 50 APIs"],
    ],
    [
      "400 permissions",
      [partOf("orders", "ApplicationApiAccess", "api", { apiClientId: guid("api"), roleIds: count(401) })],
      ["401 permissions of 400 permissions"],
    ],
    [
      "20 federated credentials",
      count(21).map((index) =>
        partOf("orders", "ApplicationFederatedIdentityCredential", `pod-${index}`, { displayName: `pod-${index}` }),
      ),
      ["21 federated credentials of 20 federated credentials"],
    ],
    [
      "1,500 assignments",
      count(1501).map((index) =>
        resource("azuread:index/appRoleAssignment:AppRoleAssignment", `grant-${index}`, {
          principalObjectId: guid("orders", "principal"),
        }),
      ),
      ["1501 app role assignments: 0 held, 1501 to be created of 1500 app role assignments"],
    ],
  ])("reports a service with more than %s", async (_, parts, expected) => {
    const { findings } = await check([...registration("orders"), ...parts]);
    expect(findings.map(({ value, limit }) => `${value} of ${limit}`)).toEqual(expected);
  });

  it("counts permissions that somebody else added to the registration", async () => {
    const requiredResourceAccess = count(50).map((index) => ({
      resourceAppId: guid("other", `${index}`),
      resourceAccess: [{ id: guid("role", `${index}`), type: "Role" }],
    }));
    await azure.graph("POST", "/v1.0/applications", { displayName: "orders-dev", requiredResourceAccess });
    const call = partOf("orders", "ApplicationApiAccess", "api", { apiClientId: guid("api"), roleIds: ["role"] });
    const { findings } = await check([...registration("orders"), call]);
    expect(findings.map(({ place, value }) => [place, value])).toEqual([["the registration orders-dev", "51 APIs"]]);
  });

  describe("of app management policies", () => {
    const restrict = (
      ...passwordCredentials: { restrictionType: string; maxLifetime?: string; state?: "disabled" }[]
    ) => {
      azure.azure.tenant.settings.defaultAppManagementPolicy = {
        ...azure.azure.tenant.settings.defaultAppManagementPolicy,
        isEnabled: true,
        passwordCredentials,
      };
    };
    const wanted = [...registration("orders"), secret("orders")];

    it("reports new secrets that the default policy forbids, and names the services that need a federated credential instead", async () => {
      restrict({ restrictionType: "passwordAddition" });
      const federated = partOf("reporting", "ApplicationFederatedIdentityCredential", "reporting-trust", {});
      const all = [...wanted, ...registration("billing"), secret("billing"), ...registration("reporting"), federated];
      const { findings } = await check(all);
      expect(findings).toEqual([
        {
          place: "the client secrets of billing, orders",
          value: "2 new secrets",
          limit: "none: the tenant's default app management policy forbids secrets",
          consequence:
            "Entra refuses each with 400 CredentialTypeNotAllowedAsPerAppPolicy; the services get no credential.",
          remedy:
            "In Pulumi.dev.yaml, set services.billing.credential, services.orders.credential to federated, or exclude the registrations from the policy.",
        },
      ]);
    });

    it("names, while no new secret is due, the services that need a federated credential before the next rotation", async () => {
      const { body } = await azure.graph("POST", "/v1.0/applications", { displayName: "orders-dev" });
      await azure.graph("POST", `/v1.0/applications/${body.id}/addPassword`, {
        passwordCredential: { displayName: "window 2026-11-01" },
      });
      restrict({ restrictionType: "passwordAddition" });
      const outcome = await check(wanted);
      expect([outcome.findings, exitCodeFor(outcome)]).toEqual([[], 0]);
      expect(outcome.skipped).toContain(
        "No secret of orders is due today, but the tenant's default app management policy forbids secrets: the next rotation will be refused. In Pulumi.dev.yaml, set services.orders.credential to federated, or exclude the registrations from the policy.",
      );
    });

    it("reports secrets that would be valid for too long, and names the setting and the value", async () => {
      restrict({ restrictionType: "passwordLifetime", maxLifetime: "P90D" });
      expect((await check(wanted)).findings).toEqual([
        {
          place: "Pulumi.dev.yaml: rotation.validityDays, for orders",
          value: "180",
          limit: "at most 90 by the tenant's default app management policy",
          consequence: "Entra refuses each new secret with 400 CredentialInvalidLifetimeAsPerAppPolicy.",
          remedy:
            "Set rotation.validityDays to 90, and rotation.periodDays and rotation.overlapDays so that their sum is at most 90 (now 90 and 14); or exclude the registrations from the policy.",
        },
      ]);
      const settings = (validityDays: number) =>
        settingsResource("small", "dev", {
          "small:rotation": JSON.stringify({ since: "2026-11-01", periodDays: 60, validityDays }),
        });
      expect((await check([...wanted, settings(91)])).findings.map(({ value, remedy }) => [value, remedy])).toEqual([
        ["91", "Set rotation.validityDays to 90; or exclude the registrations from the policy."],
      ]);
      expect((await check([...wanted, settings(90)])).findings).toEqual([]);
      restrict({ restrictionType: "passwordLifetime", maxLifetime: "P6M" });
      expect((await check(wanted)).findings).toEqual([]);
      restrict({ restrictionType: "passwordAddition", state: "disabled" });
      expect((await check(wanted)).findings).toEqual([]);
    });

    it("applies the application's own policy if it has one", async () => {
      restrict({ restrictionType: "passwordAddition" });
      const { body } = await azure.graph("POST", "/v1.0/applications", { displayName: "orders-dev" });
      const policy = {
        displayName: "thirty days",
        isEnabled: true,
        restrictions: { passwordCredentials: [{ restrictionType: "passwordLifetime", maxLifetime: "P30D" }] },
      };
      const list: TenantEditor["list"] = async (path) =>
        path === `applications/${body.id}/appManagementPolicies` ? [policy] : tenant.list(path);
      const own = { ...tenant, list };
      const { findings } = await preflight({ stack: "dev", wanted, tenant: own, state: [] }, today);
      expect(findings.map(({ value, limit }) => [value, limit])).toEqual([
        ["180", "at most 30 by the app management policy thirty days of orders-dev"],
      ]);
    });
  });

  describe("of Conditional Access policies", () => {
    const everyone = "ServicePrincipalsInMyTenant";
    let administrator: string;
    /** The deployer signs in before a test creates a policy, because the policy may refuse the sign-in. */
    beforeEach(async () => {
      await azure.close();
      const deployerPermissions = [...everything, "Policy.ReadWrite.ConditionalAccess", "Application.ReadWrite.All"];
      azure = await startTestAzure({ deployerPermissions });
      administrator = await azure.deployerToken("graph");
      const registrar = azure.azure.addIdentity("registrar", everything, azureRoles.contributor.id);
      await tenant.close();
      tenant = await as(registrar);
      await tenant.list("applications");
    });
    const create = async (kind: string, body: Json): Promise<string> => {
      const answer = await azure.graph("POST", `/v1.0/identity/conditionalAccess/${kind}`, body, administrator);
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body.id;
    };
    const another = () => {
      const { ARM_CLIENT_ID } = azure.azure.addIdentity("another", []);
      return azure.azure.tenant.servicePrincipalOf(ARM_CLIENT_ID)?.id ?? "";
    };
    const block = (clientApplications: Json, more: Json = {}, state = "enabled") =>
      create("policies", {
        ...{ displayName: "networks", state },
        conditions: { applications: { includeApplications: ["All"] }, clientApplications, ...more },
        grantControls: { operator: "OR", builtInControls: ["block"] },
      });
    const wanted = [...registration("orders"), secret("orders")];
    const existing = async (): Promise<string> => {
      const { body } = await azure.graph("POST", "/v1.0/applications", { displayName: "orders-dev" }, administrator);
      const principal = await azure.graph("POST", "/v1.0/servicePrincipals", { appId: body.appId }, administrator);
      return principal.body.id;
    };

    it("reports a policy that blocks services everywhere, but not for a service without a credential", async () => {
      const id = await block({ includeServicePrincipals: [everyone] });
      expect((await check(registration("orders"))).findings).toEqual([]);
      expect((await check(wanted)).findings).toEqual([
        {
          place: "the service principals of orders",
          value: "tokens for their calls",
          limit: "none: the Conditional Access policy networks blocks them in every location",
          consequence: "The deployment succeeds, but Entra refuses their tokens with AADSTS53003.",
          remedy: `Exclude the service principals from the policy, ${id}. Managed identities are not affected, but a service signs in as its registration.`,
        },
      ]);
    });

    it("lists a policy for some locations as not checked, with the names of the locations, and exits with 2", async () => {
      const office = await create("namedLocations", {
        ...{ "@odata.type": "#microsoft.graph.ipNamedLocation", displayName: "office" },
        ipRanges: [{ "@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress: "127.0.0.0/8" }],
      });
      const locations = { includeLocations: ["All"], excludeLocations: ["AllTrusted", office] };
      await block({ includeServicePrincipals: [everyone] }, { locations });
      const outcome = await check(wanted);
      expect([outcome.findings, exitCodeFor(outcome)]).toEqual([[], 2]);
      expect(outcome.unchecked).toEqual([
        {
          what: "whether the Conditional Access policy networks lets orders sign in",
          needs: "a person who knows where these services run and which APIs they call",
          reason: "it refuses tokens with AADSTS53003 outside of the trusted locations, office",
        },
      ]);
    });

    it("lists a policy's other conditions, including those that the local Azure does not support", async () => {
      const policy = {
        ...{ displayName: "risk", state: "enabled" },
        conditions: {
          applications: { includeApplications: [guid("api")], excludeApplications: [guid("other")] },
          clientApplications: { includeServicePrincipals: [everyone], servicePrincipalFilter: { mode: "include" } },
          locations: { includeLocations: [guid("abroad")], excludeLocations: [] },
          servicePrincipalRiskLevels: ["high", "medium"],
        },
        grantControls: { builtInControls: ["block"] },
      };
      const list: TenantEditor["list"] = async (path) => {
        if (path === "identity/conditionalAccess/policies") return [policy];
        return path === "identity/conditionalAccess/namedLocations" ? [] : tenant.list(path);
      };
      const { unchecked } = await preflight({ stack: "dev", wanted, tenant: { ...tenant, list }, state: [] }, today);
      expect(unchecked.map(({ reason }) => reason)).toEqual([
        `it refuses tokens with AADSTS53003 at ${guid("abroad")}, while their risk is high or medium, for the API ${guid("api")}, but not for the API ${guid("other")}, by a filter of attributes`,
      ]);
    });

    it.each<[string, (id: string) => Promise<unknown>, number]>([
      ["all service principals", () => block({ includeServicePrincipals: [everyone] }), 1],
      ["its service principal", (id) => block({ includeServicePrincipals: [id] }), 1],
      ["another service principal", () => block({ includeServicePrincipals: [another()] }), 0],
      [
        "all service principals but its own",
        (id) => block({ includeServicePrincipals: [everyone], excludeServicePrincipals: [id] }),
        0,
      ],
      [
        "all service principals, but disabled",
        () => block({ includeServicePrincipals: [everyone] }, {}, "disabled"),
        0,
      ],
    ])("checks an existing service against a policy for %s", async (_, arrange, found) => {
      await arrange(await existing());
      const { findings, unchecked } = await check(wanted);
      expect([findings.length, unchecked]).toEqual([found, []]);
    });

    it("mentions a policy in report-only mode, without a finding", async () => {
      await block({ includeServicePrincipals: [everyone] }, {}, "enabledForReportingButNotEnforced");
      const { findings, skipped } = await check(wanted);
      expect([findings, skipped[0]]).toEqual([
        [],
        "The Conditional Access policy networks is in report-only mode. If it were enforced, it would apply to orders.",
      ]);
    });
  });

  it("warns if all existing registrations of the registrar have a serviceManagementReference and the stack's have none", async () => {
    azure.azure.tenant.addApplication("other", [tenant.objectId], (created) => {
      created.properties = { ...created.properties, serviceManagementReference: "4711" };
    });
    const outcome = await check(registration("orders"));
    expect(outcome.unchecked.map(({ what, needs }) => [what, needs])).toEqual([
      ["whether the tenant requires serviceManagementReference", "an administrator's word"],
    ]);
    azure.azure.tenant.addApplication("without", [tenant.objectId]);
    expect((await check(registration("orders"))).unchecked).toEqual([]);
    const named = registration("orders", { serviceManagementReference: "4711" });
    expect((await check(named)).unchecked).toEqual([]);
  });

  it("reports a deleted vault that reserves a name of the stack", async () => {
    await azure.arm("PUT", "/resourceGroups/rg-dev", "2024-03-01", { location: "westeurope" });
    const path = "/resourceGroups/rg-dev/providers/Microsoft.KeyVault/vaults/orders-abc123";
    const properties = {
      tenantId: azure.azure.tenantId,
      sku: { family: "A", name: "standard" },
      accessPolicies: [],
      enablePurgeProtection: true,
    };
    await azure.arm("PUT", path, "2026-02-01", { location: "westeurope", properties });
    const vault = resource("azure-native:keyvault:Vault", "orders", {
      vaultName: "orders-abc123",
      location: "westeurope",
    });
    expect((await check([vault])).findings).toEqual([]);
    await azure.arm("DELETE", path, "2026-02-01");
    expect((await check([vault])).findings).toEqual([
      {
        place: "the vault orders-abc123",
        value: expect.stringMatching(/^deleted on \d{4}-/),
        limit: expect.stringMatching(/^its name is free from \d{4}-/),
        consequence: "Azure refuses the vault with 409 ConflictError; its service gets no secret.",
        remedy:
          "Its purge protection forbids a purge: recover it (az keyvault recover --name orders-abc123) and deploy again.",
      },
    ]);
  });

  it("reports resources that a change of region would replace", async () => {
    const group = resource("azure-native:resources:ResourceGroup", "shop-group", { location: "northeurope" });
    const state = (location: string) => [{ urn: group.urn, type: group.type, id: "/a/group", outputs: { location } }];
    const findingsWith = async (location: string) =>
      (await preflight({ stack: "dev", wanted: [group], tenant, state: state(location) })).findings;
    for (const same of ["northeurope", "North Europe"]) expect(await findingsWith(same)).toEqual([]);
    expect(await findingsWith("westeurope")).toEqual([
      {
        place: "ResourceGroup shop-group",
        value: "location northeurope",
        limit: "westeurope, where it is",
        consequence:
          "It is deleted with everything in it before it is created again, and Azure refuses a vault while a deleted one reserves the name.",
        remedy: "Set location back; or destroy the stack, if no service needs it yet, and deploy it again.",
      },
    ]);
  });

  it("accepts a deleted vault that the deployment recovers, because a stack created it in the same resource group", async () => {
    const path = "/resourceGroups/rg-dev/providers/Microsoft.KeyVault/vaults/orders-abc123";
    await azure.arm("PUT", "/resourceGroups/rg-dev", "2024-03-01", { location: "westeurope" });
    const properties = {
      tenantId: azure.azure.tenantId,
      sku: { family: "A", name: "standard" },
      accessPolicies: [],
    };
    const tags = { "pulumi-stack": "7f0a2c7e-3f0b-4d63-9d0a-2c5b3cf1a001" };
    await azure.arm("PUT", path, "2026-02-01", { location: "westeurope", tags, properties });
    await azure.arm("DELETE", path, "2026-02-01");
    const wanted = (resourceGroupName: string) =>
      resource("azure-native:keyvault:Vault", "orders", {
        resourceGroupName,
        vaultName: "orders-abc123",
        location: "westeurope",
      });
    const { findings, skipped } = await check([wanted("rg-dev")]);
    expect([findings, skipped.filter((line) => line.includes("orders-abc123"))]).toEqual([
      [],
      [
        expect.stringMatching(
          /^The vault orders-abc123 was deleted on \d{4}-.*: npm run up recovers it with its secrets\.$/,
        ),
      ],
    ]);
    expect((await check([wanted("rg-other")])).findings).toHaveLength(1);
  });
});
