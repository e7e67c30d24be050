import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { runCommandIn } from "@microservice-identities/test-support/processes";
import { shopProject } from "@microservice-identities/test-support/project";

jest.setTimeout(60_000);

describe("adopt", () => {
  let folder: string;
  let project: string;
  let azure: TestAzure;
  beforeAll(async () => {
    project = await shopProject();
  });
  afterAll(() => rm(project, { recursive: true }));
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "adopt-"));
    azure = await startTestAzure();
    await writeFile(path.join(folder, "ca.pem"), azure.azure.caCertificate);
  });
  afterEach(async () => {
    await azure.close();
    await rm(folder, { recursive: true });
  });
  const adopt = async (...args: string[]) => {
    const out = path.join(folder, "import.json");
    const env = { ...azure.azure.deployer, NODE_EXTRA_CA_CERTS: path.join(folder, "ca.pem") };
    const finished = await runCommandIn({ env, project }, "adopt", "--out", out, ...args);
    const file = await readFile(out, "utf8").then(JSON.parse, () => undefined);
    return { ...finished, file, out };
  };
  const graph = async (method: string, at: string, json?: Record<string, unknown>) =>
    (await azure.graph(method, `/v1.0${at}`, json)).body;

  /** Two registrations as people create them in the portal: without owners, open to every caller, one with a different name. */
  const createByHand = async () => {
    const orders = await graph("POST", "/applications", {
      displayName: "Orders API",
      signInAudience: "AzureADMultipleOrgs",
      appRoles: [
        {
          id: "11111111-1111-4111-8111-111111111111",
          value: "Orders.Read",
          displayName: "Read",
          description: "Read orders and their state.",
          isEnabled: true,
          allowedMemberTypes: ["Application"],
        },
        {
          id: "22222222-2222-4222-8222-222222222222",
          value: "Orders.Purge",
          displayName: "Purge",
          description: "Purge.",
          isEnabled: true,
          allowedMemberTypes: ["Application"],
        },
      ],
    });
    await graph("PATCH", `/applications/${orders.id}`, { identifierUris: [`api://${orders.appId}`] });
    await graph("POST", `/applications/${orders.id}/addPassword`, { passwordCredential: { displayName: "by hand" } });
    const ordersPrincipal = await graph("POST", "/servicePrincipals", { appId: orders.appId });
    const billing = await graph("POST", "/applications", {
      displayName: "billing-dev",
      signInAudience: "AzureADMyOrg",
      description: "Background job: writes invoices and collects payments.",
      api: { requestedAccessTokenVersion: 2 },
      requiredResourceAccess: [
        {
          resourceAppId: orders.appId,
          resourceAccess: [{ id: "11111111-1111-4111-8111-111111111111", type: "Role" }],
        },
      ],
    });
    const billingPrincipal = await graph("POST", "/servicePrincipals", { appId: billing.appId });
    const assignment = await graph("POST", `/servicePrincipals/${ordersPrincipal.id}/appRoleAssignedTo`, {
      principalId: billingPrincipal.id,
      resourceId: ordersPrincipal.id,
      appRoleId: "11111111-1111-4111-8111-111111111111",
    });
    return { orders, ordersPrincipal, billing, billingPrincipal, assignment };
  };

  it("writes the import file for existing resources, and lists what a deployment would change and what it would leave alone", async () => {
    const { orders, ordersPrincipal, billing, billingPrincipal, assignment } = await createByHand();
    await azure.arm("PUT", "/resourceGroups/rg-shop-dev", "2024-03-01", { location: "northeurope" });
    const { code, stdout, stderr, file, out } = await adopt("--application", `orders=${orders.appId}`);
    expect([code, stderr]).toEqual([0, ""]);
    const landscape = { parent: "Landscape shop" };
    const component = (type: string, logicalName: string, parent: object) => ({
      type: `microservice-identities:index:${type}`,
      name: `${type} ${logicalName}`,
      logicalName,
      component: true,
      ...parent,
    });
    const entry = (type: string, logicalName: string, id: string, parent: string) => ({
      type,
      name: `${type.split(":").at(-1)} ${logicalName}`,
      logicalName,
      id,
      parent,
    });
    const [application, principal] = ["application", "servicePrincipal"].map(
      (name) => `azuread:index/${name}:${name[0]?.toUpperCase()}${name.slice(1)}`,
    ) as [string, string];
    const [readId, ordersUri] = ["11111111-1111-4111-8111-111111111111", `api://${orders.appId}`];
    const byName = (one: { name: string }, other: { name: string }) => one.name.localeCompare(other.name);
    expect(file.resources.sort(byName)).toEqual(
      [
        component("Landscape", "shop", {}),
        component("Microservice", "billing", landscape),
        component("AppRegistration", "billing", { parent: "Microservice billing" }),
        component("Microservice", "orders", landscape),
        component("AppRegistration", "orders", { parent: "Microservice orders" }),
        component("ApplicationPermissionGrant", "billing-calls-orders", landscape),
        entry(
          "azure-native:resources:ResourceGroup",
          "shop-group",
          `${azure.azure.subscription.path}/resourceGroups/rg-shop-dev`,
          "Landscape shop",
        ),
        entry(application, "orders-application", `/applications/${orders.id}`, "AppRegistration orders"),
        entry(application, "billing-application", `/applications/${billing.id}`, "AppRegistration billing"),
        entry(
          principal,
          "orders-service-principal",
          `/servicePrincipals/${ordersPrincipal.id}`,
          "AppRegistration orders",
        ),
        entry(
          principal,
          "billing-service-principal",
          `/servicePrincipals/${billingPrincipal.id}`,
          "AppRegistration billing",
        ),
        entry("random:index/randomUuid:RandomUuid", "orders-Orders.Read-id", readId, "AppRegistration orders"),
        entry(
          "azuread:index/applicationIdentifierUri:ApplicationIdentifierUri",
          "orders-identifier-uri",
          `/applications/${orders.id}/identifierUris/${Buffer.from(ordersUri).toString("base64")}`,
          "AppRegistration orders",
        ),
        entry(
          "azuread:index/applicationApiAccess:ApplicationApiAccess",
          "billing-calls-orders-api-access",
          `/applications/${billing.id}/apiAccess/${orders.appId}`,
          "ApplicationPermissionGrant billing-calls-orders",
        ),
        entry(
          "azuread:index/appRoleAssignment:AppRoleAssignment",
          "billing-calls-orders-Orders.Read",
          `/servicePrincipals/${ordersPrincipal.id}/appRoleAssignedTo/${assignment.id}`,
          "ApplicationPermissionGrant billing-calls-orders",
        ),
      ].sort(byName),
    );
    expect(stdout).toBe(
      [
        `Found 9 resources of stack dev, written to ${out}.`,
        "",
        "The deployment after the import changes:",
        '  ResourceGroup shop-group: location "northeurope" → "westeurope"',
        '  Application orders-application: displayName "Orders API" → "orders-dev"',
        '  Application orders-application: description null → "Takes orders and knows the state of each."',
        '  Application orders-application: signInAudience "AzureADMultipleOrgs" → "AzureADMyOrg"',
        '  Application orders-application: api {"requestedAccessTokenVersion":null} → {"requestedAccessTokenVersion":2}',
        '  Application orders-application: app role Orders.Read {"displayName":"Read","description":"Read orders and their state.","allowedMemberTypes":["Application"]} → {"displayName":"Orders.Read","description":"Read orders and their state.","allowedMemberTypes":["Application"]}',
        '  Application orders-application: app role Orders.Purge {"displayName":"Purge","description":"Purge.","allowedMemberTypes":["Application"]} → removed',
        "  ServicePrincipal billing-service-principal: appRoleAssignmentRequired false → true",
        "  ServicePrincipal orders-service-principal: appRoleAssignmentRequired false → true",
        "",
        "These are not part of the landscape and are left alone:",
        "  orders: the client secret by hand",
        "",
        "Next:",
        `  pulumi import --file ${out} --stack dev --protect=false --generate-code=false`,
        "  pulumi preview --stack dev --diff",
        "",
      ].join("\n"),
    );
  });

  it("refuses to choose between two registrations with the same name, and reports an unknown client id or service", async () => {
    const one = await graph("POST", "/applications", { displayName: "orders-dev" });
    const other = await graph("POST", "/applications", { displayName: "orders-dev" });
    const several = await adopt();
    expect([several.code, several.file]).toEqual([2, undefined]);
    expect(several.stderr.trim()).toMatch(
      new RegExp(
        `^there are 2 applications called orders-dev: (${one.appId}, ${other.appId}|${other.appId}, ${one.appId}); choose one by --application orders=<client id>$`,
      ),
    );
    const id = "7f0a2c7e-3f0b-4d63-9d0a-2c5b3cf1a001";
    expect((await adopt("--application", `orders=${id}`)).stderr).toBe(
      `\n--application orders=${id}: there is no application with this client id\n`,
    );
    expect((await adopt("--application", `order=${id}`)).stderr).toBe(
      '\nthere is no service "order"; the services are billing, fulfillment, ingest, inventory, orders, reporting\n',
    );
  });

  it("writes no file in an empty tenant", async () => {
    const { code, stdout, file } = await adopt();
    expect([code, stdout, file]).toEqual([
      0,
      "No resource of stack dev exists yet: `pulumi up` creates all of them.\n",
      undefined,
    ]);
  });
});
