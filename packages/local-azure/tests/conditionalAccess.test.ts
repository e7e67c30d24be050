import { type Answer, startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import type { DeployerEnvironment } from "../localAzure";

/** What these tests cannot prove: the messages for conditions other than locations, which the local Azure does not support. */
describe("Conditional Access for workload identities", () => {
  const policies = "/v1.0/identity/conditionalAccess/policies";
  const locations = "/v1.0/identity/conditionalAccess/namedLocations";
  let azure: TestAzure;
  let orders: DeployerEnvironment;
  let ordersId: string;
  beforeEach(async () => {
    azure = await startTestAzure({
      deployerPermissions: ["Policy.Read.All", "Policy.ReadWrite.ConditionalAccess", "Application.ReadWrite.All"],
    });
    orders = azure.azure.addIdentity("orders", []);
    ordersId = azure.azure.tenant.servicePrincipalOf(orders.ARM_CLIENT_ID)?.id ?? "";
  });
  afterEach(() => azure.close());

  const signIn = (secret = orders.ARM_CLIENT_SECRET) =>
    azure.askForToken({
      grant_type: "client_credentials",
      client_id: orders.ARM_CLIENT_ID,
      client_secret: secret,
      scope: "https://vault.azure.net/.default",
    });
  const codeOf = ({ status, body }: Answer) => (status === 200 ? "a token" : `AADSTS${body.error_codes[0]}`);
  const location = async (cidrAddress: string, isTrusted = false): Promise<string> => {
    const ipRanges = [{ "@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress }];
    const named = { "@odata.type": "#microsoft.graph.ipNamedLocation", displayName: cidrAddress, isTrusted, ipRanges };
    return (await azure.graph("POST", locations, named)).body.id;
  };
  const policy = (conditions: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) => ({
    displayName: "only from our networks",
    state: "enabled",
    conditions: {
      applications: { includeApplications: ["All"] },
      clientApplications: { includeServicePrincipals: ["ServicePrincipalsInMyTenant"] },
      ...conditions,
    },
    grantControls: { operator: "OR", builtInControls: ["block"] },
    ...rest,
  });
  const block = async (...given: Parameters<typeof policy>): Promise<string> => {
    const { status, body } = await azure.graph("POST", policies, policy(...given));
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body.id;
  };
  const everywhereBut = (...excludeLocations: string[]) => ({
    locations: { includeLocations: ["All"], excludeLocations },
  });
  const servicePrincipals = (includeServicePrincipals: string[], excludeServicePrincipals: string[] = []) => ({
    clientApplications: { includeServicePrincipals, excludeServicePrincipals },
  });

  it("refuses a token outside the allowed locations, with the code and message of Entra, and records the policy", async () => {
    const id = await block(everywhereBut(await location("203.0.113.0/24")));
    const { status, body } = await signIn();
    expect([status, body]).toEqual([
      400,
      {
        error: "invalid_grant",
        error_description: expect.stringMatching(
          /^AADSTS53003: Access has been blocked by Conditional Access policies\. The access policy does not allow token issuance\. Trace ID: /,
        ),
        error_codes: [53003],
        timestamp: expect.any(String),
        trace_id: expect.any(String),
        correlation_id: expect.any(String),
        error_uri: "https://login.microsoftonline.com/error?code=53003",
        suberror: "message_only",
        claims: JSON.stringify({ access_token: { capolids: { essential: true, values: [id] } } }),
      },
    ]);
    expect(azure.azure.tenant.signIns.all().map(({ client, errorCode }) => [client.displayName, errorCode])[0]).toEqual(
      ["orders", 53003],
    );
  });

  it("checks the credential first", async () => {
    await block();
    expect(codeOf(await signIn("wrong"))).toBe("AADSTS7000215");
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      "all locations except one with the address",
      async () => block(everywhereBut(await location("127.0.0.0/8"))),
      "a token",
    ],
    [
      "all locations except trusted ones, of which one has the address",
      async () => {
        await location("127.0.0.0/8", true);
        await block(everywhereBut("AllTrusted"));
      },
      "a token",
    ],
    [
      "all locations except trusted ones, of which there are none",
      async () => block(everywhereBut("AllTrusted")),
      "AADSTS53003",
    ],
    ["everything, without locations", async () => block(), "AADSTS53003"],
    ["this service principal", async () => block(servicePrincipals([ordersId])), "AADSTS53003"],
    [
      "another service principal",
      async () => {
        const { tenant, deployer } = azure.azure;
        return block(servicePrincipals([tenant.servicePrincipalOf(deployer.ARM_CLIENT_ID)?.id ?? ""]));
      },
      "a token",
    ],
    [
      "all service principals except this one",
      async () => block(servicePrincipals(["ServicePrincipalsInMyTenant"], [ordersId])),
      "a token",
    ],
    [
      "the requested API",
      async () => block({ applications: { includeApplications: ["cfa8b339-82a2-471a-a3c9-0fc0be7a4093"] } }),
      "AADSTS53003",
    ],
    [
      "another API",
      async () => block({ applications: { includeApplications: ["00000003-0000-0000-c000-000000000000"] } }),
      "a token",
    ],
    [
      "everything in report-only mode",
      async () => block({}, { state: "enabledForReportingButNotEnforced" }),
      "a token",
    ],
    ["everything, but disabled", async () => block({}, { state: "disabled" }), "a token"],
    ["everything, but deleted", async () => azure.graph("DELETE", `${policies}/${await block()}`), "a token"],
  ])("decides like Entra with a policy that blocks %s", async (_, arrange, expected) => {
    // The administrator signs in before the test creates a policy, which may refuse the sign-in.
    const administrator = await azure.deployerToken("graph");
    azure.graph = (
      (send) => (method, path, json) =>
        send(method, path, json, administrator)
    )(azure.graph);
    await arrange();
    expect(codeOf(await signIn())).toBe(expected);
  });

  it("does not apply to managed identities and registrations for several tenants", async () => {
    const application = azure.azure.tenant.applicationOf(orders.ARM_CLIENT_ID);
    await azure.arm("PUT", "/resourceGroups/rg", "2024-03-01", { location: "westeurope" });
    const path = "/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders";
    const { properties } = (await azure.arm("PUT", path, "2024-11-30", { location: "westeurope" })).body;
    await azure.graph("PATCH", `/v1.0/applications/${application?.id}`, { signInAudience: "AzureADMultipleOrgs" });
    await block();
    expect(codeOf(await signIn())).toBe("a token");
    const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = azure.azure.workloadHost();
    const query = new URLSearchParams({
      ...{ "api-version": "2019-08-01", resource: "https://vault.azure.net", client_id: properties.clientId },
    });
    const headers = { "x-identity-header": IDENTITY_HEADER };
    expect((await azure.send("GET", `${IDENTITY_ENDPOINT}?${query}`, { headers })).status).toBe(200);
  });

  it("can be read with Policy.Read.All, and changed only with Policy.ReadWrite.ConditionalAccess as well", async () => {
    const as = async (...permissions: string[]) => {
      const { ARM_CLIENT_ID, ARM_CLIENT_SECRET } = azure.azure.addIdentity(permissions.join(" "), permissions);
      const { body } = await azure.askForToken({
        grant_type: "client_credentials",
        client_id: ARM_CLIENT_ID,
        client_secret: ARM_CLIENT_SECRET,
        scope: `${azure.azure.authority}/graph/.default`,
      });
      const answers = [
        await azure.graph("GET", policies, undefined, body.access_token),
        await azure.graph("POST", policies, policy({}, { state: "disabled" }), body.access_token),
      ];
      return answers.map((each) => [each.status, each.body.error?.code]);
    };
    const refused = [403, "AccessDenied"];
    expect(await as("Directory.Read.All", "Policy.ReadWrite.ApplicationConfiguration")).toEqual([refused, refused]);
    expect(await as("Policy.Read.All")).toEqual([[200, undefined], refused]);
    expect(await as("Policy.ReadWrite.ConditionalAccess")).toEqual([refused, refused]);
    expect(await as("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")).toEqual([
      [200, undefined],
      [201, undefined],
    ]);
  });

  it("is returned in Graph's format; conditions that the local Azure does not support are refused by name", async () => {
    const office = await location("203.0.113.0/24");
    const id = await block(everywhereBut(office), { state: "disabled" });
    const { body } = await azure.graph("GET", `${policies}?$filter=displayName eq 'only from our networks'`);
    expect(body.value).toEqual([
      {
        id,
        createdDateTime: expect.any(String),
        modifiedDateTime: null,
        displayName: "only from our networks",
        state: "disabled",
        conditions: {
          clientAppTypes: ["all"],
          platforms: null,
          servicePrincipalRiskLevels: [],
          signInRiskLevels: [],
          userRiskLevels: [],
          applications: { includeApplications: ["All"], excludeApplications: [] },
          clientApplications: {
            includeServicePrincipals: ["ServicePrincipalsInMyTenant"],
            excludeServicePrincipals: [],
          },
          locations: { includeLocations: ["All"], excludeLocations: [office] },
          users: { includeUsers: ["None"], excludeUsers: [], includeGroups: [], excludeGroups: [] },
        },
        grantControls: {
          operator: "OR",
          builtInControls: ["block"],
          customAuthenticationFactors: [],
          termsOfUse: [],
        },
        sessionControls: null,
      },
    ]);
    expect((await azure.graph("GET", `${locations}/${office}`)).body.ipRanges).toEqual([
      { "@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress: "203.0.113.0/24" },
    ]);
    const refusalOf = async (path: string, json: Record<string, unknown>) => {
      const answer = await azure.graph("POST", path, json);
      return [answer.status, answer.body.error?.message];
    };
    const controls = { grantControls: { operator: "OR", builtInControls: ["mfa"] } };
    expect([
      await refusalOf(policies, policy({ servicePrincipalRiskLevels: ["high"] })),
      await refusalOf(policies, policy({}, controls)),
      await refusalOf(policies, policy(everywhereBut("0f0a2c7e-3f0b-4d63-9d0a-2c5b3cf1a001"))),
      await refusalOf(locations, { "@odata.type": "#microsoft.graph.countryNamedLocation", displayName: "home" }),
    ]).toEqual([
      [400, "Invalid property 'conditions.servicePrincipalRiskLevels' of resource 'ConditionalAccessPolicy'."],
      [400, expect.stringContaining("'grantControls.builtInControls.0' of resource 'ConditionalAccessPolicy'")],
      [400, "Property 'locations' names 0f0a2c7e-3f0b-4d63-9d0a-2c5b3cf1a001, which is not a named location."],
      [400, expect.stringContaining("'@odata.type' of resource 'NamedLocation'")],
    ]);
  });
});
