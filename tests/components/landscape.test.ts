import { countsOf, deployer, evaluate, guid, resolved } from "@microservice-identities/test-support/mocks";
import { shop } from "@microservice-identities/test-support/shopProject/stacks/shop";
import { Landscape } from "../../components/landscape";
import { defineLandscape, parseLandscape } from "../../components/landscapeDefinition";

// Loading the providers takes the first evaluation seconds.
jest.setTimeout(30_000);

describe("Landscape", () => {
  const args = {
    environment: "dev",
    location: "westeurope",
    rotation: { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 },
    // On this day every service is in its first rotation window.
    now: new Date("2026-11-01T00:00:00Z"),
    issued: undefined,
  };

  it("creates exactly the services, roles and calls of the shop", async () => {
    const { resources } = await evaluate(() => new Landscape("shop", { ...args, definition: shop }));
    expect(countsOf(resources)).toEqual({
      ResourceGroup: 1,
      Application: 6,
      ServicePrincipal: 6,
      ApplicationIdentifierUri: 6,
      UserAssignedIdentity: 6,
      RandomString: 6,
      Vault: 6,
      ApplicationPassword: 6,
      Secret: 6,
      // 9 ids of roles and the stack's mark; 10 calls with 11 roles.
      RandomUuid: 10,
      ApplicationApiAccess: 10,
      AppRoleAssignment: 11,
    });
    const namesOf = (type: string) =>
      resources.filter((resource) => resource.type.endsWith(`:${type}`)).map(({ name }) => name);
    const services = Object.entries(shop.services);
    expect(namesOf("Application")).toEqual(services.map(([name]) => `${name}-application`).sort());
    const roles = services.flatMap(([name, { appRoles }]) => Object.keys(appRoles).map((role) => `${name}-${role}-id`));
    expect(namesOf("RandomUuid")).toEqual(expect.arrayContaining(roles));
    expect(namesOf("AppRoleAssignment")).toEqual(
      services
        .flatMap(([caller, { calls = {} }]) =>
          Object.entries(calls).flatMap(([api, { roles }]) => roles.map((role) => `${caller}-calls-${api}-${role}`)),
        )
        .sort(),
    );
  });

  const pair = defineLandscape({
    orders: {
      description: "Takes orders.",
      appRoles: { "Orders.Read": { description: "Read orders." } },
      calls: { billing: { roles: ["Invoices.Write"], because: "An order is invoiced." } },
    },
    billing: {
      description: "Writes invoices.",
      appRoles: { "Invoices.Write": { description: "Write invoices." } },
      calls: { orders: { roles: ["Orders.Read"], because: "An invoice lists what was ordered." } },
    },
  });

  it("lets two services call each other, each with a role of the other", async () => {
    const { named } = await evaluate(() => new Landscape("shop", { ...args, definition: pair }));
    expect(named("orders-calls-billing-Invoices.Write").inputs).toEqual({
      appRoleId: guid("billing-Invoices.Write-id"),
      principalObjectId: guid("orders-service-principal", "object"),
      resourceObjectId: guid("billing-service-principal", "object"),
    });
    expect(named("billing-calls-orders-Orders.Read").inputs).toEqual({
      appRoleId: guid("orders-Orders.Read-id"),
      principalObjectId: guid("billing-service-principal", "object"),
      resourceObjectId: guid("orders-service-principal", "object"),
    });
  });

  it("creates for each service a vault that only the service's managed identity can read, and makes the deployer the owner of the service principal", async () => {
    const { named, resources } = await evaluate(() => new Landscape("shop", { ...args, definition: pair }));
    const isMark = ({ type, name }: { type: string; name: string }) =>
      /:RandomUuid$/.test(type) && !name.endsWith("-id");
    const mark = resources.find(isMark)?.name ?? "";
    for (const service of ["orders", "billing"]) {
      expect(named(`${service}-vault`).inputs.properties.accessPolicies).toEqual([
        {
          tenantId: deployer.tenantId,
          objectId: guid(`${service}-identity`, "principal"),
          permissions: { secrets: ["get"] },
        },
      ]);
      expect(named(`${service}-service-principal`).inputs.owners).toEqual([deployer.objectId]);
      expect(named(`${service}-identity`).inputs).toEqual({
        resourceGroupName: "rg-shop-dev",
        resourceName: `id-${service}-dev`,
        location: "westeurope",
        tags: { "pulumi-stack": guid(mark) },
      });
      expect(named(`${service}-application`).inputs.displayName).toBe(`${service}-dev`);
    }
  });

  it("publishes a directory that contains no secret", async () => {
    const { result } = await evaluate(() => new Landscape("shop", { ...args, definition: pair }));
    const client = guid("orders-application", "client");
    const directory = await resolved(result.directory);
    expect(directory.orders).toEqual({
      clientId: client,
      identifierUri: `api://${client}`,
      scope: `api://${client}/.default`,
      objectId: guid("orders-service-principal", "object"),
      roleIds: { "Orders.Read": guid("orders-Orders.Read-id") },
      vaultAuthorization: "accessPolicies",
      vaultId: `/subscriptions/${guid("subscription")}/orders-vault`,
      vaultUri: "https://orders-abc123.vault.azure.net/",
      credential: {
        kind: "secret",
        secretName: "client-secret",
        keyIds: [guid("orders-secret-2026-11-01", "key")],
        expires: "2027-04-30T00:00:00Z",
        nextRotation: "2026-11-19",
      },
      identityClientId: guid("orders-identity", "client"),
      identityId: `/subscriptions/${guid("subscription")}/orders-identity`,
      calls: { billing: ["Invoices.Write"] },
    });
    expect(Object.keys(directory)).toEqual(["orders", "billing"]);
    expect(JSON.stringify(directory)).not.toContain("value of ");
  });

  it("creates for a federated service a credential that trusts its managed identity, and no vault", async () => {
    const { resources, named, result } = await evaluate(
      () =>
        new Landscape("shop", {
          ...args,
          definition: pair,
          services: { billing: { credential: { kind: "federated" } } },
        }),
    );
    expect(named("billing-federated").inputs).toEqual({
      applicationId: `/applications/${guid("billing-application", "object")}`,
      displayName: "workload",
      description: "The managed identity that the service runs as.",
      issuer: `https://login.microsoftonline.com/${deployer.tenantId}/v2.0`,
      subject: guid("billing-identity", "principal"),
      audiences: ["api://AzureADTokenExchange"],
    });
    expect(countsOf(resources)).toMatchObject({ Vault: 1, ApplicationPassword: 1, Secret: 1 });
    expect(Object.keys(result.issued)).toEqual(["orders"]);
    expect((await Promise.all(Object.values(result.issued).map(resolved)))[0]?.at(-1)?.version).toBe(
      "version of orders-secret-vault-secret",
    );
    const { billing } = await resolved(result.directory);
    expect([billing?.credential, billing?.vaultUri]).toEqual([{ kind: "federated" }, undefined]);
  });

  it.each([
    ["https://login.microsoftonline.us/", "https://login.microsoftonline.us", "api://AzureADTokenExchangeUSGov"],
    [
      "https://login.partner.microsoftonline.cn",
      "https://login.partner.microsoftonline.cn",
      "api://AzureADTokenExchangeChina",
    ],
  ])(
    "trusts the managed identity's tokens from the authority %s with the audience of its cloud",
    async (authority, issuer, audience) => {
      const services = { billing: { credential: { kind: "federated" as const } } };
      const { named } = await evaluate(() => new Landscape("shop", { ...args, definition: pair, services, authority }));
      expect(named("billing-federated").inputs).toMatchObject({
        issuer: `${issuer}/${deployer.tenantId}/v2.0`,
        audiences: [audience],
      });
    },
  );

  const ledger = (allowedCallers: Record<string, string[]>) => ({
    clientId: guid("ledger"),
    objectId: guid("ledger", "object"),
    scope: `api://${guid("ledger")}/.default`,
    roleIds: { "Ledger.Write": guid("role") },
    allowedCallers,
  });

  it("removes a grant that another landscape no longer allows, and deploys everything else", async () => {
    const definition = parseLandscape(
      {
        services: {
          orders: {
            description: "Takes orders.",
            appRoles: {},
            calls: { "finance/ledger": { roles: ["Ledger.Write"], because: "Orders are booked." } },
          },
        },
      },
      "a test",
    );
    const deploy = (allowedCallers: Record<string, string[]>, establishedCalls: string[]) =>
      evaluate(
        () =>
          new Landscape("shop", {
            ...args,
            definition,
            others: {
              finance: { stack: "organization/company/finance", directory: { ledger: ledger(allowedCallers) } },
            },
            establishedCalls,
          }),
      );
    const call = "orders → finance/ledger";
    const granted = await deploy({ "shop/orders": ["Ledger.Write"] }, []);
    expect(countsOf(granted.resources)).toMatchObject({ AppRoleAssignment: 1, ApplicationPassword: 1 });
    expect((await resolved(granted.result.directory)).orders?.callsOutside).toHaveProperty("finance/ledger");

    const { resources, result } = await deploy({}, [call]);
    expect(countsOf(resources)).toMatchObject({ Application: 1, ApplicationPassword: 1, Secret: 1 });
    expect(countsOf(resources)).not.toHaveProperty("AppRoleAssignment");
    expect([result.withdrawnCalls, result.pendingCalls]).toEqual([[call], []]);
    expect((await resolved(result.directory)).orders?.callsOutside).toBeUndefined();
    // A call that was never granted is a mistake in this landscape.
    await expect(deploy({}, [])).rejects.toThrow(
      /finance\/ledger does not allow shop\/orders to be granted Ledger\.Write/,
    );
  });

  it("with listedPermissions outside, lists only permissions for APIs outside the landscape, and grants the same roles", async () => {
    const definition = parseLandscape(
      {
        services: {
          orders: {
            description: "Takes orders.",
            appRoles: { "Orders.Read": { description: "Read orders." } },
            calls: { "finance/ledger": { roles: ["Ledger.Write"], because: "Orders are booked." } },
          },
          reporting: {
            description: "Sums up the day.",
            appRoles: {},
            calls: { orders: { roles: ["Orders.Read"], because: "Counts the orders of the day." } },
          },
        },
      },
      "a test",
    );
    const directory = { ledger: ledger({ "shop/orders": ["Ledger.Write"] }) };
    const others = { finance: { stack: "organization/company/finance", directory } };
    const deployed = async (listedPermissions?: "outside") => {
      const { resources } = await evaluate(
        () => new Landscape("shop", { ...args, definition, others, listedPermissions }),
      );
      const callersIn = (type: string) =>
        resources.filter((resource) => resource.type.endsWith(`:${type}`)).map(({ name }) => name.split("-")[0]);
      return { granted: callersIn("AppRoleAssignment"), listed: callersIn("ApplicationApiAccess") };
    };
    const both = ["orders", "reporting"];
    expect(await deployed()).toEqual({ granted: both, listed: both });
    expect(await deployed("outside")).toEqual({ granted: both, listed: ["orders"] });
  });

  it("refuses settings for a service that does not exist", async () => {
    await expect(
      evaluate(() => new Landscape("shop", { ...args, definition: pair, services: { orderz: { revocations: 1 } } })),
    ).rejects.toThrow(new Error('Landscape shop: services is "orderz"; allowed: orders, billing'));
  });

  it("refuses a stack name that would make the names of resources invalid", async () => {
    const environment = "v1.2";
    await expect(evaluate(() => new Landscape("shop", { ...args, environment, definition: pair }))).rejects.toThrow(
      new Error(
        [
          'the environment "v1.2" (the stack\'s name) leads to invalid names:',
          '  the managed identity of orders would be called "id-orders-v1.2"; allowed: 3 to 128 letters, digits, hyphens and underscores, beginning with a letter or digit',
          '  the managed identity of billing would be called "id-billing-v1.2"; allowed: 3 to 128 letters, digits, hyphens and underscores, beginning with a letter or digit',
        ].join("\n"),
      ),
    );
    const long = "x".repeat(83);
    await expect(
      evaluate(() => new Landscape("shop", { ...args, environment: long, definition: pair })),
    ).rejects.toThrow(`the resource group would be called "rg-shop-${long}"; allowed: 1 to 90 letters`);
    await expect(
      evaluate(() => new Landscape("shop", { ...args, environment: "x".repeat(114), definition: pair })),
    ).rejects.toThrow(
      /the registration of orders would be called "orders-x{114}"; allowed: text of 1 to 120 characters/,
    );
    const { named } = await evaluate(() => new Landscape("shop", { ...args, environment: "v1_2", definition: pair }));
    expect(named("orders-identity").inputs.resourceName).toBe("id-orders-v1_2");
  });
});
