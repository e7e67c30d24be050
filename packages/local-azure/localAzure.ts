import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { firstParty, publicCloud } from "@microservice-identities/well-known/clouds";
import { graphPermissionNamed } from "@microservice-identities/well-known/microsoftGraph";
import Fastify, { type FastifyInstance } from "fastify";
import { bearerCheck } from "./bearer";
import { createCertificateAuthority, type ServerCertificate } from "./certificateAuthority";
import type { Clock, ServicePrincipal } from "./directoryObjects";
import { entra } from "./entra/entra";
import { SigningKeys } from "./entra/signingKey";
import { type FaultEndpoint, type FaultPlan, Faults } from "./faults";
import { graph } from "./graph/graph";
import { addMicrosoftGraph } from "./graph/microsoftGraph";
import { withoutParentheses } from "./graph/odata/keys";
import { History } from "./history";
import { keyVaultDataPlane } from "./keyVault/dataPlane";
import { LoopbackVaults } from "./keyVault/vaultHosting";
import { loopbackRequest } from "./loopbackRequest";
import { managedIdentityEndpoint, WorkloadHosts } from "./managedIdentity/endpoint";
import { metadata } from "./metadata";
import { resourceManager } from "./resourceManager/resourceManager";
import { type ManagedIdentity, Subscription } from "./resourceManager/subscription";
import { Tenant } from "./tenant";
import type { TenantSettings } from "./tenantSettings";

export interface LocalAzureOptions {
  /** The port of Entra, Graph and Resource Manager: 0 for any free one. Default 0. */
  readonly port?: number;
  /** What the deployer may do in Graph. Default: what the README asks for in a real tenant, and no more. */
  readonly deployerPermissions?: readonly string[];
  /** Where the time comes from. Default: the machine's clock. */
  readonly clock?: Clock;
  /** How the tenant differs from {@link defaultTenantSettings}. */
  readonly tenantSettings?: Partial<TenantSettings>;
  /** What goes wrong from the beginning. Default: nothing. */
  readonly faults?: FaultPlan;
}

/** The environment variables of a deployer, by which Pulumi's azuread and azure-native providers find this Azure. */
export interface DeployerEnvironment {
  readonly ARM_METADATA_HOSTNAME: string;
  readonly ARM_TENANT_ID: string;
  readonly ARM_SUBSCRIPTION_ID: string;
  readonly ARM_CLIENT_ID: string;
  readonly ARM_CLIENT_SECRET: string;
}

/** The environment variables of a workload, by which the Azure SDKs find its managed identity. */
export interface WorkloadEnvironment {
  readonly IDENTITY_ENDPOINT: string;
  readonly IDENTITY_HEADER: string;
}

export interface LocalAzure {
  /** `localhost:{port}`: the metadata host, from which every other address can be learned. */
  readonly host: string;
  /** `https://localhost:{port}`, where tokens come from. */
  readonly authority: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  /** PEM: what clients have to trust. */
  readonly caCertificate: string;
  readonly deployer: DeployerEnvironment;
  /** One more identity, with these permissions of Graph, and a role in the subscription. Default: none. */
  addIdentity(displayName: string, permissions: readonly string[], roleId?: string): DeployerEnvironment;
  /** What goes wrong; can be switched at any time. */
  readonly faults: Faults;
  /** The keys that sign tokens; can be rotated at any time. */
  readonly signingKeys: SigningKeys;
  /** The stored objects themselves, for tests that look at what is there. */
  readonly tenant: Tenant;
  readonly subscription: Subscription;
  /** A place where workloads run, as every managed identity of the subscription or as the given ones (resource ids). */
  workloadHost(identityIds?: readonly string[]): WorkloadEnvironment;
  /** A certificate for a server on loopback that the clients of this Azure trust. */
  serverCertificate(): Promise<ServerCertificate>;
  close(): Promise<void>;
}

/** What a deployer needs in a real tenant: see the README. */
export const defaultDeployerPermissions: readonly string[] = [
  "Application.ReadWrite.OwnedBy",
  "Application.Read.All",
  "AppRoleAssignment.ReadWrite.All",
];

const loopback = "127.0.0.1";

/**
 * Entra, Graph, Resource Manager, Key Vault and the managed identity endpoint on loopback. Everything is kept in memory,
 * and is gone when it closes.
 *
 * @throws Error with code EADDRINUSE when the port is taken
 */
export async function startLocalAzure(options: LocalAzureOptions = {}): Promise<LocalAzure> {
  const { port = 0, deployerPermissions = defaultDeployerPermissions, clock: time = Date.now } = options;
  const faults = new Faults();
  faults.set(options.faults ?? {});
  const clock = () => time() + faults.clockSkewSeconds * 1000;
  const authorityOfCertificates = await createCertificateAuthority();
  const certificate = await authorityOfCertificates.serverCertificate();
  const history = new History(time, () => faults.longestLagSeconds);
  const tenant = new Tenant(randomUUID(), clock, () => faults.tokenLifetimeSeconds, history);
  Object.assign(tenant.settings, options.tenantSettings);
  const subscription = new Subscription(randomUUID());
  const hosts = new WorkloadHosts();

  let authority = "";
  const base = () => authority;
  const graphBase = () => `${authority}/graph`;
  const signingKeys = await SigningKeys.create(`${publicCloud.authority}/${tenant.id}/v2.0`);
  const check = (...audiences: (() => string)[]) =>
    bearerCheck(signingKeys, clock, () => audiences.map((each) => each()));
  const vaultBearer = check(() => publicCloud.keyVault);
  const armBearer = check(base, ...armAudiences.map((audience) => () => audience));
  const graphBearer = check(graphBase, () => publicCloud.graph);

  const dataPlane = serverlessApp();
  refuseOtherHosts(dataPlane);
  faults.install(dataPlane, () => "keyVault");
  const vaults = new LoopbackVaults(dataPlane, certificate);
  await dataPlane.register(keyVaultDataPlane, {
    tenant,
    access: subscription.access,
    authority: base,
    bearer: vaultBearer,
    operationSeconds: () => faults.secretOperationSeconds,
    vaultAt: (at: number) => subscription.vaults.get(vaults.nameAt(at) ?? ""),
  });

  const send = loopbackRequest(base, authorityOfCertificates.certificate);
  const main = withAzuresJson(
    Fastify({
      ...fastifyOptions,
      https: certificate,
      rewriteUrl: ({ url = "/" }) => (/^\/+graph\//i.test(url) ? withoutParentheses(url) : url),
    }),
  );
  refuseOtherHosts(main as unknown as FastifyInstance);
  faults.install(main as unknown as FastifyInstance, endpointOf);
  await main.register(metadata, { tenant, base, graphBase, audiences: armAudiences });
  await main.register(entra, { tenant, signingKeys, authority: base, faults });
  await main.register(graph, { prefix: "/graph", tenant, base: graphBase, bearer: graphBearer, faults, send });
  await main.register(resourceManager, { tenant, subscription, base, bearer: armBearer, hosting: vaults });

  const identities = Fastify(fastifyOptions);
  refuseOtherHosts(identities);
  faults.install(identities, () => "managedIdentity");
  await identities.register(managedIdentityEndpoint, { tenant, signingKeys, authority: base, hosts, faults });

  const servers: FastifyInstance[] = [main as unknown as FastifyInstance, identities, dataPlane];
  const close = async () => {
    await vaults.closeAll();
    await Promise.all(servers.map((server) => server.close()));
  };
  try {
    await dataPlane.ready();
    await main.listen({ port, host: loopback });
    await identities.listen({ port: 0, host: loopback });
  } catch (error) {
    await close();
    throw error;
  }
  const host = `localhost:${(main.server.address() as AddressInfo).port}`;
  authority = `https://${host}`;

  const graphPrincipal = history.quietly(() => addMicrosoftsPrincipals(tenant, graphBase(), authority));
  const identity = (displayName: string, permissions: readonly string[], roleId?: string) => ({
    ARM_METADATA_HOSTNAME: host,
    ...history.quietly(() => addIdentity(tenant, subscription, graphPrincipal, { displayName, permissions, roleId })),
  });
  return {
    host,
    authority,
    tenantId: tenant.id,
    subscriptionId: subscription.id,
    caCertificate: authorityOfCertificates.certificate,
    deployer: identity("deployer", deployerPermissions, azureRoles.owner.id),
    addIdentity: identity,
    faults,
    signingKeys,
    tenant,
    subscription,
    workloadHost: (identityIds) => ({
      IDENTITY_ENDPOINT: `http://${loopback}:${(identities.server.address() as AddressInfo).port}/msi/token`,
      IDENTITY_HEADER: hosts.add(() => identitiesOf(subscription, identityIds)),
    }),
    serverCertificate: () => authorityOfCertificates.serverCertificate(),
    close,
  };
}

/** A page in a browser can make a name of its own resolve to loopback: only our own names are answered. */
function refuseOtherHosts(app: Pick<FastifyInstance, "addHook">): void {
  app.addHook("onRequest", async (request, reply) => {
    if (["localhost", loopback].includes(request.hostname)) return;
    const message = `The local Azure does not answer for the host '${request.hostname}', only for localhost and ${loopback}.`;
    return reply.code(421).send({ error: { code: "MisdirectedRequest", message } });
  });
}

/** The metadata endpoint has no faults: without it nobody finds the others. */
function endpointOf(path: string): FaultEndpoint | undefined {
  if (/^\/+graph\//i.test(path)) return "graph";
  if (/^\/+(subscriptions|providers|tenants)(\/|$)/i.test(path)) return "resourceManager";
  return /^\/+metadata\//i.test(path) ? undefined : "entra";
}

/** Real names of Azure Resource Manager as an audience; only its address is local. */
const armAudiences = ["https://management.core.windows.net/", `${publicCloud.resourceManager}/`];

const fastifyOptions = {
  forceCloseConnections: true,
  return503OnClosing: false,
  bodyLimit: 1_048_576,
  // A secret's name has up to 127 characters, a resource's name in a path more.
  routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 600 },
} as const;

/** An app that listens nowhere itself: the vaults' servers hand it their requests. */
const serverlessApp = (): FastifyInstance => withAzuresJson(Fastify(fastifyOptions));

/** Some clients say that they send JSON, and send nothing: Azure takes that as no body. */
function withAzuresJson<App extends Pick<FastifyInstance, "addContentTypeParser">>(app: App): App {
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) => {
    try {
      done(null, text === "" ? undefined : JSON.parse(String(text)));
    } catch (error) {
      done(Object.assign(error as Error, { statusCode: 400 }));
    }
  });
  return app;
}

/** What a tenant has before anything is deployed: Microsoft's own APIs. @returns Microsoft Graph */
function addMicrosoftsPrincipals(tenant: Tenant, graphAddress: string, armAddress: string): ServicePrincipal {
  const graphPrincipal = addMicrosoftGraph(tenant, graphAddress);
  const foreign = (appId: string, displayName: string, names: readonly string[]) =>
    tenant.addServicePrincipal({
      appId,
      displayName,
      foreign: {
        appRoles: [],
        names: names.flatMap((name) => [name.replace(/\/$/, ""), `${name.replace(/\/$/, "")}/`]),
      },
    });
  foreign(firstParty.resourceManager, "Windows Azure Service Management API", [...armAudiences, armAddress]);
  foreign(firstParty.keyVault, "Azure Key Vault", [publicCloud.keyVault]);
  foreign(firstParty.tokenExchange, "Azure AD Token Exchange", [publicCloud.tokenExchange]);

  return graphPrincipal;
}

/** An application with a secret, and what it may do. */
function addIdentity(
  tenant: Tenant,
  subscription: Subscription,
  graphPrincipal: ServicePrincipal,
  { displayName, permissions, roleId }: Identity,
): Omit<DeployerEnvironment, "ARM_METADATA_HOSTNAME"> {
  const application = tenant.addApplication(displayName);
  const principal = tenant.addServicePrincipal({ appId: application.appId, displayName });
  for (const permission of permissions) {
    const known = graphPermissionNamed(permission);
    if (!known) throw new Error(`Microsoft Graph has no permission "${permission}" in this local Azure`);
    tenant.assign(principal.id, graphPrincipal.id, known.id);
  }
  const name = randomUUID();
  if (roleId !== undefined)
    subscription.access.add({
      id: `${subscription.path}/providers/Microsoft.Authorization/roleAssignments/${name}`,
      name,
      scope: subscription.path,
      principalId: principal.id,
      principalType: "ServicePrincipal",
      roleId,
      description: null,
      createdOn: application.createdDateTime,
    });
  const { secretText } = tenant.addPassword(application, { displayName });
  return {
    ARM_TENANT_ID: tenant.id,
    ARM_SUBSCRIPTION_ID: subscription.id,
    ARM_CLIENT_ID: application.appId,
    ARM_CLIENT_SECRET: secretText,
  };
}

interface Identity {
  readonly displayName: string;
  readonly permissions: readonly string[];
  /** The GUID of a role definition. */
  readonly roleId: string | undefined;
}

function identitiesOf(subscription: Subscription, ids: readonly string[] | undefined): readonly ManagedIdentity[] {
  if (ids === undefined) return [...subscription.identities.values()];
  return ids.flatMap((id) => subscription.identities.get(id.toLowerCase()) ?? []);
}
