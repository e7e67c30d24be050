import * as pulumi from "@pulumi/pulumi";
import { Landscape } from "../components/landscape";
import { defineLandscape } from "../components/landscapeDefinition";
import { podLabels } from "../components/serviceWorkload";

// Two services in one cluster of Azure Kubernetes Service. Each signs in with the token of its service account, and has no secret.
const definition = defineLandscape({
  inventory: { description: "Knows the stock.", appRoles: { "Stock.Read": { description: "Read the stock." } } },
  orders: {
    description: "Takes orders.",
    appRoles: {},
    calls: { inventory: { roles: ["Stock.Read"], because: "Only goods in stock are sold." } },
  },
});
const namespace = "shop";
// The issuer of your cluster: az aks show --query oidcIssuerProfile.issuerUrl
const issuer =
  "https://westeurope.oic.prod-aks.azure.com/11111111-1111-4111-8111-111111111111/22222222-2222-4222-8222-222222222222/";
const runsAs = (serviceAccount: string) => ({
  credential: { kind: "federated" as const },
  workload: { kubernetes: { issuer, namespace, serviceAccount } },
});
const landscape = new Landscape("example", {
  definition,
  environment: "dev",
  location: "westeurope",
  rotation: { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 },
  now: new Date(),
  // No service has a secret: `landscape.ts` shows what a landscape with secrets needs here.
  issued: undefined,
  services: { inventory: runsAs("inventory"), orders: runsAs("orders") },
});

/** The manifests of a service for `kubectl`: its service account, and the deployment of its pods. */
const manifestsOf = (name: "inventory" | "orders") => {
  const { accountAnnotations, environment } = landscape.workload(name);
  return pulumi.all([accountAnnotations, environment]).apply(([annotations, env]) => [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace, annotations } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name, ...podLabels } },
          spec: { serviceAccountName: name, containers: [{ name, image: `registry.example/${name}:1`, env }] },
        },
      },
    },
  ]);
};

// pulumi stack output manifests --json | kubectl apply -f -
export const manifests = pulumi
  .all([manifestsOf("inventory"), manifestsOf("orders")])
  .apply((each) => ({ apiVersion: "v1", kind: "List", items: each.flat() }));
export const { tenantId, directory } = landscape;
