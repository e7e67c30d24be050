import { readFile } from "node:fs/promises";
import path from "node:path";
import { evaluate, guid, resolved } from "@microservice-identities/test-support/mocks";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { ComponentProvider } from "@pulumi/pulumi/provider/experimental/provider";
import { secretsOnSchedule } from "../../components/rotation";
import { ApplicationPermissionGrant } from "../../plugin/applicationPermissionGrant";
import { AppRegistration } from "../../plugin/appRegistration";
import { Landscape } from "../../plugin/landscape";

jest.setTimeout(60_000);

describe("the plugin for programs in other languages", () => {
  it("has a schema with each component and a description of every input", async () => {
    const provider = new ComponentProvider({
      name: "microservice-identities",
      dirname: path.join(projectFolder, "plugin"),
      components: [Landscape, AppRegistration, ApplicationPermissionGrant],
    });
    const { resources, types, version } = JSON.parse(await provider.getSchema());
    expect(version).toBe(JSON.parse(await readFile(path.join(projectFolder, "package.json"), "utf8")).version);
    expect(Object.keys(resources).sort()).toEqual([
      "microservice-identities:index:AppRegistration",
      "microservice-identities:index:ApplicationPermissionGrant",
      "microservice-identities:index:Landscape",
    ]);
    const properties = [
      ...Object.values<{ inputProperties: object }>(resources),
      ...Object.values<{ properties: object }>(types),
    ].flatMap((each) => Object.entries(("inputProperties" in each ? each.inputProperties : each.properties) as object));
    expect(properties.filter(([, { description }]) => !description).map(([name]) => name)).toEqual([]);
    const landscape = resources["microservice-identities:index:Landscape"];
    expect(landscape.requiredInputs).toEqual(["environment", "location", "rotation", "services"]);
    expect(Object.keys(landscape.properties).sort()).toEqual([
      "clientIds",
      "identityClientIds",
      "identityIds",
      "scopes",
      "tenantId",
      "vaultUris",
    ]);
  });

  const landscape = (roles: string[]) =>
    new Landscape("shop", {
      environment: "dev",
      location: "westeurope",
      rotation: { since: "2026-11-01" },
      date: "2026-11-01",
      services: {
        orders: { description: "Takes orders.", appRoles: { "Orders.Read": { description: "Read orders." } } },
        web: { description: "Shows.", federated: true, calls: { orders: { roles, because: "It shows orders." } } },
      },
    });

  it("creates a landscape from plain data, and returns the vaults' addresses and the scopes", async () => {
    const { resources, result } = await evaluate(() => landscape(["Orders.Read"]));
    const counts = (type: string) => resources.filter((resource) => resource.type.endsWith(`:${type}`)).length;
    expect(["Application", "AppRoleAssignment", "Vault", "ApplicationPassword"].map(counts)).toEqual([2, 1, 1, 1]);
    expect(Object.keys(await resolved(result.vaultUris))).toEqual(["orders"]);
    const scopeOf = (service: string) => `api://${guid(`${service}-application`, "client")}/.default`;
    expect(await resolved(result.scopes)).toEqual({ orders: scopeOf("orders"), web: scopeOf("web") });
  });

  it("supports the components' options for credentials, workloads, vaults, alarms and clouds", async () => {
    const group = "/subscriptions/s/resourceGroups/rg-hub/providers";
    const readerRole = "22222222-2222-4222-8222-222222222222";
    const { resources, named } = await evaluate(
      () =>
        new Landscape("shop", {
          environment: "prod",
          location: "usgovvirginia",
          rotation: { since: "2026-11-01" },
          date: "2026-11-01",
          cloud: "usgovernment",
          tags: { team: "shop" },
          alarmActionGroup: `${group}/Microsoft.Insights/actionGroups/on-call`,
          vault: {
            authorization: "rbac",
            readerRole,
            publicNetworkAccess: "disabled",
            endpointSubnet: `${group}/Microsoft.Network/virtualNetworks/v/subnets/s`,
            workspace: `${group}/Microsoft.OperationalInsights/workspaces/log`,
          },
          services: {
            orders: { description: "Takes orders.", vaultName: "orders-kv", revocations: 1, tags: { team: "orders" } },
            pod: {
              description: "In a cluster.",
              federated: true,
              kubernetes: [{ issuer: "https://cluster.example/", namespace: "shop", serviceAccount: "pod" }],
              registration: { notes: "Ask the shop." },
            },
          },
        }),
    );
    const { vaultName, tags, properties } = named("orders-vault").inputs;
    expect([vaultName, tags.team, properties.enableRbacAuthorization, properties.publicNetworkAccess]).toEqual([
      "orders-kv",
      "orders",
      true,
      "disabled",
    ]);
    expect(named("orders-reader").inputs.roleDefinitionId).toMatch(new RegExp(`/${readerRole}$`));
    const types = resources.map(({ type }) => type.split(":").at(-1));
    for (const type of ["PrivateEndpoint", "DiagnosticSetting", "EventSubscription", "ScheduledQueryRule"])
      expect([type, types.filter((each) => each === type).length]).toEqual([type, 1]);
    const [federated] = resources.filter(({ type }) => type.endsWith(":ApplicationFederatedIdentityCredential"));
    expect(federated?.inputs).toMatchObject({
      subject: "system:serviceaccount:shop:pod",
      audiences: ["api://AzureADTokenExchangeUSGov"],
    });
    expect(named("pod-application").inputs.notes).toBe("Ask the shop.");
  });

  const rotation = { since: "2026-11-01", periodDays: 30, overlapDays: 7, validityDays: 60 };
  it("keeps two client secrets during the overlap, without a record of earlier deployments", async () => {
    const on = async (date: string, revocations: number) => {
      const shop = () =>
        new Landscape("shop", {
          environment: "dev",
          location: "westeurope",
          rotation,
          date,
          services: {
            orders: {
              description: "x",
              revocations,
              appRoles: { "Orders.Read": { description: "x", retired: false } },
            },
          },
        });
      const { resources } = await evaluate(shop);
      return resources.filter(({ type }) => type.endsWith(":ApplicationPassword")).length;
    };
    const { id } = secretsOnSchedule(new Date("2027-01-15"), rotation, "orders").at(-1) ?? { id: "" };
    const dayAfter = (days: number) => new Date(Date.parse(id) + days * 86_400_000).toISOString().slice(0, 10);
    for (const revocations of [0, 1]) {
      const counts: number[] = [];
      // One after the other, because the whole process shares the SDK's mocks.
      for (const days of [-1, 0, 6, 7]) counts.push(await on(dayAfter(days), revocations));
      expect(counts).toEqual([1, 2, 2, 1]);
    }
  });

  it("refuses wrong data with the place of the mistake", async () => {
    const shop = { environment: "dev", location: "westeurope", rotation: { since: "2026-11-01" } };
    const services = { orders: { description: "Takes orders." } };
    await expect(evaluate(() => new Landscape("shop", { ...shop, services, cloud: "gov" }))).rejects.toThrow(
      'Landscape shop: cloud is "gov"; allowed: "public" or "usgovernment" or "china"',
    );
    await expect(evaluate(() => landscape(["Orders.Raed"]))).rejects.toThrow(
      'Landscape shop has 1 problem:\n  services.web.calls.orders.roles[0]: "orders" has no app role "Orders.Raed". Did you mean "Orders.Read"? Its roles are "Orders.Read"',
    );
  });
});
