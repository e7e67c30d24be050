import { ContainerApp } from "@pulumi/azure-native/app/containerApp";
import { ManagedEnvironment } from "@pulumi/azure-native/app/managedEnvironment";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import { AppServicePlan } from "@pulumi/azure-native/web/appServicePlan";
import { WebApp } from "@pulumi/azure-native/web/webApp";
import { Landscape } from "../components/landscape";
import { defineLandscape } from "../components/landscapeDefinition";

// Three services: one runs in a container app, one in a web app and one in a function app. Each gets its identity and its variables from
// the landscape. From another stack, `serviceWorkload(stackReference.outputs, "orders")` returns the same.
const definition = defineLandscape({
  inventory: { description: "Knows the stock.", appRoles: { "Stock.Read": { description: "Read the stock." } } },
  orders: {
    description: "Takes orders.",
    appRoles: {},
    calls: { inventory: { roles: ["Stock.Read"], because: "Only goods in stock are sold." } },
  },
  reporting: {
    description: "Sums up the day.",
    appRoles: {},
    calls: { inventory: { roles: ["Stock.Read"], because: "Values the stock." } },
  },
});
const location = "westeurope";
const landscape = new Landscape("example", {
  definition,
  environment: "dev",
  location,
  rotation: { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 },
  now: new Date(),
  // No service has a secret: `landscape.ts` shows what a landscape with secrets needs here.
  issued: undefined,
  services: {
    inventory: { credential: { kind: "federated" } },
    orders: { credential: { kind: "federated" } },
    reporting: { credential: { kind: "federated" } },
  },
});

const { name: resourceGroupName } = new ResourceGroup("workloads", { resourceGroupName: "rg-workloads", location });

const inventory = landscape.workload("inventory");
const environment = new ManagedEnvironment("workloads", { resourceGroupName, environmentName: "cae-workloads" });
new ContainerApp("inventory", {
  resourceGroupName,
  containerAppName: "ca-inventory",
  managedEnvironmentId: environment.id,
  identity: inventory.identity,
  template: {
    containers: [{ name: "inventory", image: "registry.example/inventory:1", env: inventory.environment }],
  },
});

const plan = new AppServicePlan("workloads", {
  resourceGroupName,
  name: "asp-workloads",
  kind: "linux",
  reserved: true,
  sku: { name: "B1", tier: "Basic" },
});
const orders = landscape.workload("orders");
new WebApp("orders", {
  resourceGroupName,
  name: "app-orders-example",
  serverFarmId: plan.id,
  httpsOnly: true,
  identity: orders.identity,
  siteConfig: { linuxFxVersion: "NODE|22-lts", appSettings: orders.environment },
});

const reporting = landscape.workload("reporting");
new WebApp("reporting", {
  resourceGroupName,
  name: "func-reporting-example",
  kind: "functionapp,linux",
  serverFarmId: plan.id,
  httpsOnly: true,
  identity: reporting.identity,
  siteConfig: { linuxFxVersion: "Node|22", appSettings: reporting.environment },
});
