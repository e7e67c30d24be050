import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { type CloudName, clouds } from "@microservice-identities/well-known/clouds";
import Fastify, { type FastifyInstance } from "fastify";
import { bearerCheck } from "./bearer";
import { createCertificateAuthority, type ServerCertificate } from "./certificateAuthority";
import { control } from "./control";
import type { Clock } from "./directoryObjects";
import { entra } from "./entra/entra";
import { type ClusterIssuer, ExternalIssuers } from "./entra/externalIssuers";
import { SigningKeys } from "./entra/signingKey";
import { type FaultPlan, Faults } from "./faults";
import { graph } from "./graph/graph";
import { withoutParentheses } from "./graph/odata/keys";
import { History } from "./history";
import { withAzuresJson } from "./jsonBody";
import { keyVaultDataPlane } from "./keyVault/dataPlane";
import { LoopbackVaults } from "./keyVault/vaultHosting";
import { vaultDomain, vaultProxy } from "./keyVault/vaultProxy";
import { loopbackRequest } from "./loopbackRequest";
import { managedIdentityEndpoint, WorkloadHosts } from "./managedIdentity/endpoint";
import { metadata } from "./metadata";
import { Policies, type PolicyFile } from "./policies/policies";
import { resourceManager } from "./resourceManager/resourceManager";
import { type ManagedIdentity, Subscription } from "./resourceManager/subscription";
import { plant, type Seed } from "./seed";
import { endpointOf, fastifyOptions, loopback, plainPath, refuseOtherHosts, serverlessApp } from "./servers";
import { StartError } from "./startError";
import { addIdentity, addMicrosoftsPrincipals, armAudiences, type DeployerCredentials } from "./startingObjects";
import { objectsOf, restoreObjects, savedBytes, savedState } from "./state";
import { Tenant } from "./tenant";
import type { TenantSettings } from "./tenantSettings";

export interface LocalAzureOptions {
  /** The port of Entra, Graph and Resource Manager: 0 for any free one. Default 0. */
  readonly port?: number;
  /** The deployer's permissions in Graph. Default: exactly those that it needs in a real tenant. */
  readonly deployerPermissions?: readonly string[];
  /** The clock. Default: the machine's. */
  readonly clock?: Clock;
  /** The settings that differ from {@link defaultTenantSettings}. */
  readonly tenantSettings?: Partial<TenantSettings>;
  /** The {@link LocalAzure.savedState} of an earlier one. Default: an empty Azure. */
  readonly state?: Uint8Array;
  /** The objects that are created at the start, and again after a reset. Cannot be combined with a state. Default: none. */
  readonly seed?: Seed;
  /** The faults from the start. Default: none. */
  readonly faults?: FaultPlan;
  /** The policies that Azure Policy enforces. Default: none. */
  readonly policies?: PolicyFile;
  /** The cloud, which determines the names of the APIs in tokens and the audience of federation. Default `public`. */
  readonly cloud?: CloudName;
}

/** The environment variables with which Pulumi's azuread and azure-native providers connect to this Azure as a deployer. */
export interface DeployerEnvironment extends DeployerCredentials {
  readonly ARM_METADATA_HOSTNAME: string;
}

/** The environment variables with which the Azure SDKs use the managed identity of a workload. */
export interface WorkloadEnvironment {
  readonly IDENTITY_ENDPOINT: string;
  readonly IDENTITY_HEADER: string;
}

export interface LocalAzure {
  /** `localhost:{port}`: the metadata host, which returns all other addresses. */
  readonly host: string;
  /** The authority that issues the tokens, for example `https://localhost:{port}`. */
  readonly authority: string;
  readonly cloud: CloudName;
  readonly tenantId: string;
  readonly subscriptionId: string;
  /** The certificate that clients must trust, PEM. */
  readonly caCertificate: string;
  readonly deployer: DeployerEnvironment;
  /** Creates another identity with permissions of Graph and a role in the subscription. Default: no role. */
  addIdentity(displayName: string, permissions: readonly string[], roleId?: string): DeployerEnvironment;
  /** The injected faults; can be changed at any time. */
  readonly faults: Faults;
  /** The policies that Azure Policy enforces; can be changed at any time. */
  readonly policies: Policies;
  /** The keys that sign tokens; can be rotated at any time. */
  readonly signingKeys: SigningKeys;
  /** The stored objects themselves, for tests that inspect them. */
  readonly tenant: Tenant;
  readonly subscription: Subscription;
  /** `http://127.0.0.1:{port}`: a proxy that leads to vaults by name, `https://{vault}.vault.azure.test`. */
  readonly vaultProxy: string;
  /** Creates a host for workloads, with the given managed identities (resource ids). Default: all of the subscription. */
  workloadHost(identityIds?: readonly string[]): WorkloadEnvironment;
  /**
   * Simulates the issuer of a cluster or a code host, with any address: this Azure generates its keys. The keys of other issuers are
   * fetched, but only from https://localhost, with a certificate of {@link LocalAzure.serverCertificate}.
   */
  clusterIssuer(issuer: string): Promise<ClusterIssuer>;
  /** The environment variables of each application and identity of the seed. */
  readonly seeded: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** All stored objects and the signing keys, for {@link LocalAzureOptions.state}. It contains secrets. */
  savedState(): Promise<Uint8Array>;
  /** A certificate for a server on loopback that the clients of this Azure trust. */
  serverCertificate(): Promise<ServerCertificate>;
  close(): Promise<void>;
}

/** The permissions that a deployer needs in a real tenant. */
export const defaultDeployerPermissions: readonly string[] = [
  "Application.ReadWrite.OwnedBy",
  "Application.Read.All",
  "AppRoleAssignment.ReadWrite.All",
];

/**
 * Entra, Graph, Resource Manager, Key Vault and the managed identity endpoint on loopback. Everything is in memory,
 * and is lost when it stops, unless its {@link LocalAzure.savedState} is stored.
 *
 * @throws Error with code EADDRINUSE if the port is in use, and StartError for a state that was saved with a different port
 */
export async function startLocalAzure(options: LocalAzureOptions = {}): Promise<LocalAzure> {
  const { port = 0, deployerPermissions = defaultDeployerPermissions, clock: time = Date.now } = options;
  const faults = new Faults();
  faults.set(options.faults ?? {});
  const saved = options.state && savedState(options.state);
  let aheadSeconds = 0;
  const clock = () => time() + (faults.clockSkewSeconds + aheadSeconds) * 1000;
  const authorityOfCertificates = createCertificateAuthority();
  const certificate = authorityOfCertificates.serverCertificate();
  const history = new History(time, () => faults.longestLagSeconds);
  const cloud = clouds[options.cloud ?? "public"];
  const tenant = new Tenant(saved?.tenantId ?? randomUUID(), clock, () => faults.tokenLifetimeSeconds, history, cloud);
  Object.assign(tenant.settings, options.tenantSettings);
  const subscription = new Subscription(saved?.subscriptionId ?? randomUUID());
  const hosts = new WorkloadHosts();
  const policies = new Policies();
  policies.set(options.policies ?? { policies: [] });

  let authority = "";
  const base = () => authority;
  const graphBase = () => `${authority}/graph`;
  const issuer = `${cloud.authority}/${tenant.id}/v2.0`;
  const signingKeys = saved ? await SigningKeys.restored(issuer, saved.signingKeys) : await SigningKeys.create(issuer);
  const check = (...audiences: (() => string)[]) =>
    bearerCheck(signingKeys, tenant.id, clock, () => audiences.map((each) => each()));
  const vaultBearer = check(() => cloud.keyVault);
  const armBearer = check(base, ...armAudiences(cloud).map((audience) => () => audience));
  const graphBearer = check(graphBase, () => cloud.graph);

  const dataPlane = serverlessApp();
  refuseOtherHosts(dataPlane, vaultDomain);
  faults.install(dataPlane, () => "keyVault");
  const vaults = new LoopbackVaults(dataPlane, certificate);
  await dataPlane.register(keyVaultDataPlane, {
    tenant,
    access: subscription.access,
    hasPrivateEndpoint: (vault) => subscription.hasPrivateEndpoint(vault.id),
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
      rewriteUrl: ({ url = "/" }) => {
        const plain = plainPath(url);
        return /^\/graph\//i.test(plain) ? withoutParentheses(plain) : plain;
      },
    }),
  );
  refuseOtherHosts(main as unknown as FastifyInstance);
  faults.install(main as unknown as FastifyInstance, endpointOf);
  await main.register(control, {
    tenant,
    subscriptionId: subscription.id,
    ahead: () => aheadSeconds,
    setAhead: (seconds) => {
      aheadSeconds = seconds;
    },
    reset: async () => {
      aheadSeconds = 0;
      await restoreObjects(initial, tenant, subscription, vaults);
    },
  });
  await main.register(metadata, { tenant, base, graphBase, audiences: armAudiences(cloud) });
  const issuers = new ExternalIssuers(authorityOfCertificates.certificate, () => tenant.now, cloud.tokenExchange);
  const { identities: managedIdentities } = subscription;
  await main.register(entra, {
    tenant,
    signingKeys,
    issuers,
    identities: managedIdentities,
    authority: base,
    faults,
  });
  await main.register(graph, { prefix: "/graph", tenant, base: graphBase, bearer: graphBearer, faults, send });
  await main.register(resourceManager, {
    tenant,
    subscription,
    base,
    bearer: armBearer,
    hosting: vaults,
    policies,
  });

  const identities = Fastify(fastifyOptions);
  refuseOtherHosts(identities);
  faults.install(identities, () => "managedIdentity");
  await identities.register(managedIdentityEndpoint, { tenant, signingKeys, authority: base, hosts, faults });

  const proxy = vaultProxy((name) => vaults.portOf(name));
  const servers: FastifyInstance[] = [main as unknown as FastifyInstance, identities, dataPlane];
  const close = async () => {
    await vaults.closeAll();
    proxy.closeAllConnections();
    if (proxy.listening) await new Promise((done) => proxy.close(done));
    await Promise.all(servers.map((server) => server.close()));
  };
  try {
    await dataPlane.ready();
    await main.listen({ port, host: loopback });
    await identities.listen({ port: 0, host: loopback });
    proxy.listen(0, loopback);
    await once(proxy, "listening");
  } catch (error) {
    await close();
    throw error;
  }
  const host = `localhost:${(main.server.address() as AddressInfo).port}`;
  authority = `https://${host}`;

  if (saved && saved.authority !== authority) {
    await close();
    throw new StartError(
      `the state was saved by a local Azure at ${saved.authority}, and this one is at ${authority}: start it with --port ${new URL(saved.authority).port}`,
    );
  }
  const { cloud: savedCloud = "public" } = saved ?? { cloud: cloud.name };
  if (savedCloud !== cloud.name) {
    await close();
    throw new StartError(
      `the state was saved by a local Azure of the cloud ${savedCloud}: start it with --cloud ${savedCloud}`,
    );
  }
  const graphPrincipal = history.quietly(() => addMicrosoftsPrincipals(tenant, graphBase(), authority));
  const identity = (displayName: string, permissions: readonly string[], roleId?: string) => ({
    ARM_METADATA_HOSTNAME: host,
    ...history.quietly(() =>
      addIdentity(tenant, subscription, tenant.servicePrincipalOf(graphPrincipal.appId) ?? graphPrincipal, {
        displayName,
        permissions,
        roleId,
      }),
    ),
  });
  const deployer = saved
    ? (saved.deployer as unknown as DeployerEnvironment)
    : identity("deployer", deployerPermissions, azureRoles.owner.id);
  const workloadHost = (identityIds?: readonly string[]): WorkloadEnvironment => ({
    IDENTITY_ENDPOINT: `http://${loopback}:${(identities.server.address() as AddressInfo).port}/msi/token`,
    IDENTITY_HEADER: hosts.add(() => identitiesOf(subscription, identityIds)),
  });
  const seeded = options.seed
    ? await plant(options.seed, { tenant, subscription, hosting: vaults, authority, workloadHost }).catch(
        async (error: Error) => {
          await close();
          throw error;
        },
      )
    : new Map<string, Record<string, string>>();
  const initial = objectsOf(tenant, subscription);
  if (saved) {
    const addresses = await restoreObjects(saved, tenant, subscription, vaults);
    for (const [name, { IDENTITY_ENDPOINT, IDENTITY_HEADER, VAULT_URI = "", ...variables }] of saved.seeded ?? []) {
      const identity = [...subscription.identities.values()].find(
        ({ clientId }) => clientId === variables.AZURE_CLIENT_ID,
      );
      const vault = addresses.get(VAULT_URI);
      seeded.set(name, {
        ...variables,
        // The endpoint of managed identities has a different address at each start.
        ...(identity && workloadHost([identity.id])),
        ...(vault === undefined ? {} : { VAULT_URI: vault }),
      });
    }
  }
  return {
    host,
    authority,
    cloud: cloud.name,
    tenantId: tenant.id,
    subscriptionId: subscription.id,
    caCertificate: authorityOfCertificates.certificate,
    deployer,
    addIdentity: identity,
    faults,
    policies,
    signingKeys,
    tenant,
    subscription,
    vaultProxy: `http://${loopback}:${(proxy.address() as AddressInfo).port}`,
    workloadHost,
    seeded,
    clusterIssuer: (issuer) => issuers.simulate(issuer),
    async savedState() {
      const { id: tenantId } = tenant;
      const keys = await signingKeys.saved();
      const ids = { authority, cloud: cloud.name, tenantId, subscriptionId: subscription.id };
      const given = { deployer: { ...deployer }, seeded, signingKeys: keys };
      return savedBytes({ ...ids, ...given, ...objectsOf(tenant, subscription) });
    },
    serverCertificate: async () => authorityOfCertificates.serverCertificate(),
    close,
  };
}

function identitiesOf(subscription: Subscription, ids: readonly string[] | undefined): readonly ManagedIdentity[] {
  if (ids === undefined) return [...subscription.identities.values()];
  return ids.flatMap((id) => subscription.identities.get(id.toLowerCase()) ?? []);
}
