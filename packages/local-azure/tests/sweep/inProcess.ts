import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import type { FastifyInstance, InjectOptions } from "fastify";
import { entra } from "../../entra/entra";
import { ExternalIssuers } from "../../entra/externalIssuers";
import { SigningKeys } from "../../entra/signingKey";
import { Faults } from "../../faults";
import { graph } from "../../graph/graph";
import { withoutParentheses } from "../../graph/odata/keys";
import { keyVaultDataPlane } from "../../keyVault/dataPlane";
import type { LoopbackRequest } from "../../loopbackRequest";
import { managedIdentityEndpoint, WorkloadHosts } from "../../managedIdentity/endpoint";
import { metadata } from "../../metadata";
import type { Api } from "../../parity/servedOperations";
import { Policies } from "../../policies/policies";
import { resourceManager } from "../../resourceManager/resourceManager";
import { Subscription } from "../../resourceManager/subscription";
import { plainPath, serverlessApp } from "../../servers";
import { addIdentity, addMicrosoftsPrincipals } from "../../startingObjects";
import { objectsOf, restoreObjects } from "../../state";
import { Tenant } from "../../tenant";

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, with the content type in `headers`. */
  readonly text?: string;
}

export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any answer
  readonly body: any;
}

/** The local Azure without network and tokens, for tests that send thousands of requests: the routes and the state are the real ones. */
export interface InProcessAzure {
  readonly tenant: Tenant;
  readonly subscription: Subscription;
  readonly deployer: { readonly clientId: string; readonly secret: string; readonly objectId: string };
  /** `X-IDENTITY-HEADER` of a host with all managed identities. */
  readonly identityHeader: string;
  send(api: Api, method: string, url: string, sent?: Sent): Promise<Got>;
  /** Keeps the objects of now, for {@link InProcessAzure.reset}. */
  keep(): void;
  reset(): Promise<void>;
}

type Method = NonNullable<InjectOptions["method"]>;
const authority = "https://localhost";

/** @param permissions the caller's permissions of Graph; in the subscription it is the owner */
export async function inProcessAzure(permissions: readonly string[]): Promise<InProcessAzure> {
  const [tenant, subscription] = [
    new Tenant("6f3c1b0e-5a77-4a51-8d3c-2f0f5d9a0001", Date.now),
    new Subscription("6f3c1b0e-5a77-4a51-8d3c-2f0f5d9a0002"),
  ];
  const [faults, policies, hosts] = [new Faults(), new Policies(), new WorkloadHosts()];
  const signingKeys = await SigningKeys.create(`${authority}/${tenant.id}/v2.0`);
  const base = () => authority;
  const graphBase = () => `${authority}/graph`;
  const hosting = { open: async (name: string) => `https://${name}.localhost:443/`, close: async () => {} };
  const principal = addMicrosoftsPrincipals(tenant, graphBase(), authority);
  const deployer = addIdentity(tenant, subscription, principal, {
    displayName: "deployer",
    permissions,
    roleId: azureRoles.owner.id,
  });
  // Microsoft Graph has some 800 roles, which would be copied at each reset.
  if (principal.foreign) Object.assign(principal.foreign, { appRoles: principal.foreign.appRoles.slice(0, 2) });
  const objectId = tenant.servicePrincipalOf(deployer.ARM_CLIENT_ID)?.id ?? "";
  const bearer = async () => ({ objectId, appId: deployer.ARM_CLIENT_ID, issuer: authority, roles: permissions });
  policies.set({ policies: [] });

  const main = serverlessApp({ rewriteUrl: ({ url = "/" }) => withoutParentheses(plainPath(url)) });
  await main.register(metadata, { tenant, base, graphBase, audiences: [] });
  const issuers = new ExternalIssuers("", () => tenant.now, "");
  const { access, identities } = subscription;
  await main.register(entra, { tenant, signingKeys, issuers, identities, authority: base, faults });
  const send: LoopbackRequest = async (method, url, headers, payload) => {
    const answer = await main.inject({ method: method as Method, url, headers, ...(payload ? { payload } : {}) });
    const contentType = String(answer.headers["content-type"] ?? "");
    return { status: answer.statusCode, contentType, text: answer.body };
  };
  await main.register(graph, { prefix: "/graph", tenant, base: graphBase, bearer, faults, send });
  await main.register(resourceManager, { tenant, subscription, base, bearer, hosting, policies });
  const vaults = serverlessApp();
  await vaults.register(keyVaultDataPlane, {
    ...{ tenant, access, authority: base, bearer },
    hasPrivateEndpoint: () => false,
    vaultAt: () => subscription.vaults.get("vault"),
    operationSeconds: () => 0,
  });
  const identity = serverlessApp();
  await identity.register(managedIdentityEndpoint, { tenant, signingKeys, authority: base, hosts, faults });
  const apps: Record<Api, FastifyInstance> = {
    Entra: main,
    "Microsoft Graph": main,
    "Resource Manager": main,
    "Key Vault": vaults,
    "Managed identity": identity,
  };

  let kept = objectsOf(tenant, subscription);
  return {
    tenant,
    subscription,
    deployer: { clientId: deployer.ARM_CLIENT_ID, secret: deployer.ARM_CLIENT_SECRET, objectId },
    identityHeader: hosts.add(() => [...identities.values()]),
    async send(api, method, url, { headers = {}, json, text } = {}) {
      const payload = text ?? (json === undefined ? undefined : JSON.stringify(json));
      const type = json === undefined ? {} : { "content-type": "application/json" };
      const prefix = api === "Microsoft Graph" ? "/graph" : "";
      const answer = await apps[api].inject({
        method: method as Method,
        url: `${prefix}${url}`,
        headers: { ...type, ...headers },
        ...(payload === undefined ? {} : { payload }),
      });
      const isJson = answer.body !== "" && String(answer.headers["content-type"]).includes("json");
      return { status: answer.statusCode, headers: answer.headers, body: isJson ? answer.json() : answer.body };
    },
    keep() {
      kept = objectsOf(tenant, subscription);
    },
    async reset() {
      await restoreObjects(kept, tenant, subscription, hosting);
    },
  };
}
