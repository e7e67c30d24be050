import { countsOf, evaluate, guid, resolved } from "@microservice-identities/test-support/mocks";
import { AppRegistration } from "../../components/appRegistration";

describe("AppRegistration", () => {
  const args = {
    displayName: "inventory-dev",
    description: "Knows what is in stock.",
    appRoles: {
      "Inventory.Read": { description: "Read stock levels." },
      "Inventory.Write": { description: "Correct stock.", displayName: "Correct stock" },
    },
    owners: [guid("deployer")],
  };
  const applicationId = `/applications/${guid("inventory-application", "object")}`;
  const clientId = guid("inventory-application", "client");

  it("creates a single-tenant registration with v2 tokens, and requires role assignments", async () => {
    const { resources } = await evaluate(() => new AppRegistration("inventory", args));
    const inputs = Object.fromEntries(resources.map(({ name, inputs }) => [name, inputs]));
    expect(inputs).toEqual({
      "inventory-application": {
        displayName: "inventory-dev",
        description: "Knows what is in stock.",
        signInAudience: "AzureADMyOrg",
        api: { requestedAccessTokenVersion: 2 },
        appRoles: [
          {
            id: guid("inventory-Inventory.Read-id"),
            value: "Inventory.Read",
            displayName: "Inventory.Read",
            description: "Read stock levels.",
            allowedMemberTypes: ["Application"],
          },
          {
            id: guid("inventory-Inventory.Write-id"),
            value: "Inventory.Write",
            displayName: "Correct stock",
            description: "Correct stock.",
            allowedMemberTypes: ["Application"],
          },
        ],
        owners: [guid("deployer")],
        preventDuplicateNames: true,
        tags: [],
      },
      "inventory-service-principal": {
        clientId,
        appRoleAssignmentRequired: true,
        owners: [guid("deployer")],
        useExisting: true,
      },
      "inventory-identifier-uri": { applicationId, identifierUri: `api://${clientId}` },
      "inventory-Inventory.Read-id": {},
      "inventory-Inventory.Write-id": {},
    });
    expect(countsOf(resources)).toEqual({
      Application: 1,
      ServicePrincipal: 1,
      ApplicationIdentifierUri: 1,
      RandomUuid: 2,
    });
  });

  it("has the mark of its stack if one is given", async () => {
    const { named } = await evaluate(() => new AppRegistration("inventory", { ...args, mark: guid("mark") }));
    expect(named("inventory-application").inputs.tags).toEqual([`pulumi-stack:${guid("mark")}`]);
  });

  it("has the given people as owners beside the deployer, and the given notes and service management reference", async () => {
    const details = { owners: [guid("person")], notes: "Ask the shop team.", serviceManagementReference: "svc-1" };
    const { named } = await evaluate(() => new AppRegistration("inventory", { ...args, details }));
    expect(named("inventory-application").inputs).toMatchObject({
      owners: [guid("deployer"), guid("person")],
      notes: "Ask the shop team.",
      serviceManagementReference: "svc-1",
    });
    expect(named("inventory-service-principal").inputs.owners).toEqual([guid("deployer"), guid("person")]);
  });

  it("returns the values that a caller needs: client id, scope, object id and role ids", async () => {
    const { result } = await evaluate(() => new AppRegistration("inventory", args));
    expect(await resolved(result.clientId)).toBe(clientId);
    expect(await resolved(result.identifierUri)).toBe(`api://${clientId}`);
    expect(await resolved(result.scope)).toBe(`api://${clientId}/.default`);
    expect(await resolved(result.servicePrincipalId)).toBe(guid("inventory-service-principal", "object"));
    expect(Object.keys(result.appRoleIds)).toEqual(["Inventory.Read", "Inventory.Write"]);
    expect(await resolved(result.appRoleIds["Inventory.Read"] as never)).toBe(guid("inventory-Inventory.Read-id"));
  });

  it.each([
    ["displayName", { displayName: "" }, 'displayName is ""; allowed: text of 1 to 120 characters'],
    ["description", { description: " " }, 'description is " "; allowed: text of 1 to 1024 characters'],
    [
      "the name of an app role",
      { appRoles: { "Read stock": { description: "Read." } } },
      'the name of an app role is "Read stock"; allowed: 1 to 120 letters, digits and !#$%&\'()*+,-./:;=?@[]^_`{|}~, without a space and not beginning with a dot',
    ],
    [
      "a role's description",
      { appRoles: { Read: { description: "" } } },
      'description of Read is ""; allowed: text of 1 to 1024 characters',
    ],
  ])("refuses an invalid value and names its place: %s", async (_what, wrong, message) => {
    await expect(evaluate(() => new AppRegistration("inventory", { ...args, ...wrong }))).rejects.toThrow(
      new Error(`AppRegistration inventory: ${message}`),
    );
  });
});
