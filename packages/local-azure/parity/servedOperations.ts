import Fastify, { type FastifyInstance } from "fastify";
import { entra } from "../entra/entra";
import { ExternalIssuers } from "../entra/externalIssuers";
import { SigningKeys } from "../entra/signingKey";
import { Faults } from "../faults";
import { graph } from "../graph/graph";
import { keyVaultDataPlane } from "../keyVault/dataPlane";
import { managedIdentityEndpoint, WorkloadHosts } from "../managedIdentity/endpoint";
import { metadata } from "../metadata";
import { Policies } from "../policies/policies";
import { resourceManager } from "../resourceManager/resourceManager";
import { Subscription } from "../resourceManager/subscription";
import { fastifyOptions } from "../servers";
import { Tenant } from "../tenant";

export const apis = ["Entra", "Microsoft Graph", "Resource Manager", "Key Vault", "Managed identity"] as const;
export type Api = (typeof apis)[number];

export interface Operation {
  readonly api: Api;
  readonly method: string;
  /** For example `/v1.0/applications/{id}`. */
  readonly path: string;
}

/** Every operation with a route in the local Azure, read from the routes themselves. */
export async function servedOperations(): Promise<Operation[]> {
  const never = async (): Promise<never> => {
    throw new Error("nothing is asked here");
  };
  const [tenant, subscription, faults] = [new Tenant("", Date.now), new Subscription(""), new Faults()];
  const signingKeys = await SigningKeys.create("");
  const issuers = new ExternalIssuers("", () => new Date(), "");
  const base = () => "";
  const hosting = { open: never, close: never };
  const policies = new Policies();
  const { access, identities } = subscription;
  const plugins: [Api, (app: FastifyInstance) => Promise<void>][] = [
    ["Entra", (app) => entra(app, { tenant, signingKeys, issuers, identities, authority: base, faults })],
    ["Microsoft Graph", (app) => graph(app, { tenant, base, bearer: never, faults, send: never })],
    ["Resource Manager", (app) => metadata(app, { tenant, base, graphBase: base, audiences: [] })],
    [
      "Resource Manager",
      (app) => resourceManager(app, { tenant, subscription, base, bearer: never, hosting, policies }),
    ],
    [
      "Key Vault",
      (app) =>
        keyVaultDataPlane(app, {
          ...{ tenant, access, authority: base, bearer: never },
          hasPrivateEndpoint: () => false,
          vaultAt: () => undefined,
          operationSeconds: () => 0,
        }),
    ],
    [
      "Managed identity",
      (app) =>
        managedIdentityEndpoint(app, { tenant, signingKeys, authority: base, hosts: new WorkloadHosts(), faults }),
    ],
  ];
  const served: Operation[] = [];
  for (const [api, plugin] of plugins) {
    const app = Fastify({ ...fastifyOptions, exposeHeadRoutes: false });
    app.addHook("onRoute", ({ method, url }) => {
      for (const each of [method].flat()) for (const path of pathsOf(url)) served.push({ api, method: each, path });
    });
    await plugin(app);
    await app.close();
  }
  // Routes that only refuse accept every method, or end in an asterisk.
  const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
  const isRefusal = ({ path, method }: Operation) =>
    path.includes("*") ||
    !methods.includes(method) ||
    path === "/providers" ||
    (["/subscriptions", "/tenants"].includes(path) && method !== "GET");
  return served.filter((operation) => !isRefusal(operation));
}

/** A route for two versions has two paths. */
function pathsOf(url: string): string[] {
  const versions = /:version\([^)]*\)/.test(url) ? ["v1.0", "beta"] : [""];
  return versions.map((version) =>
    url.replace(/:version\([^)]*\)/, version).replace(/:(\w+)(\([^)]*\))?/g, (_, name) => `{${name}}`),
  );
}
