import type { TokenCredential } from "@azure/identity";
import { shown } from "@microservice-identities/validation/shown";
import { type CloudName, cloudNames, clouds } from "@microservice-identities/well-known/clouds";
import { decodeJwt } from "jose";
import { z } from "zod";
import { azureErrorIn } from "./azureError";

type Json = Record<string, unknown>;

/** An error answer of the tenant or the subscription, or the reason why there is no answer. */
export class TenantError extends Error {
  constructor(
    message: string,
    /** The HTTP status of the answer; absent without an answer. */
    readonly status?: number,
  ) {
    super(message);
  }
}

/** The addresses of a cloud's APIs. */
export interface Cloud {
  readonly login: string;
  readonly graph: string;
  readonly resourceManager: string;
  readonly resourceManagerAudience: string;
}

export type GraphVersion = "v1.0" | "beta";

/** Reads a tenant's directory and a subscription's resources. */
export interface TenantReader {
  readonly subscriptionId: string;
  readonly tenantId: string;
  /** The object id of the signed-in identity, which is also the deployer. */
  readonly objectId: string;
  /** All pages of a list. @param path for example `applications?$filter=…`; @param version of Microsoft Graph. Default `v1.0` */
  list(path: string, version?: GraphVersion): Promise<Json[]>;
  /** @param path for example `policies/defaultAppManagementPolicy`. @returns `undefined` if there is no such object */
  object(path: string): Promise<Json | undefined>;
  /** @param id a resource id. @returns `undefined` if there is no such resource */
  resource(id: string, apiVersion: string): Promise<Json | undefined>;
}

/** Also reads in bulk. */
export interface BulkReader extends TenantReader {
  /** Microsoft Graph's address, without a slash at the end. */
  readonly graphAddress: string;
  /** A read that is sent as a POST, such as a batch. @param path for example `$batch`; @throws TenantError */
  ask(path: string, body: Json): Promise<Json>;
  /** All pages of a list of Resource Manager. @param path for example `/subscriptions/…/vaults`; @throws TenantError */
  resources(path: string, apiVersion: string): Promise<Json[]>;
}

/** Also writes, to remove resources that a deployment created without recording them. */
export interface TenantEditor extends TenantReader {
  /** @param path for example `/v1.0/applications/…`; @throws TenantError for a refusal */
  graph(method: string, path: string, body?: Json): Promise<void>;
  /** Writes a resource of Resource Manager as a whole. @throws TenantError for a refusal */
  put(id: string, apiVersion: string, body: Json): Promise<void>;
}

/** The tenant and the subscription that the environment signs in to. */
export class SignedInTenant implements TenantEditor, BulkReader {
  private constructor(
    readonly cloud: Cloud,
    private readonly credential: TokenCredential,
    readonly subscriptionId: string,
    readonly tenantId: string,
    readonly objectId: string,
  ) {}

  /**
   * Signs in as the providers do, by the environment: `ARM_CLIENT_ID`, `ARM_CLIENT_SECRET` and `ARM_TENANT_ID`; or with the
   * token in `AZURE_FEDERATED_TOKEN_FILE`, as `AZURE_CLIENT_ID`; or by the Azure CLI. `ARM_ENVIRONMENT` names a cloud other than the public one, and `ARM_METADATA_HOSTNAME` one with different addresses.
   *
   * @throws TenantError
   */
  static async signIn(environment: NodeJS.ProcessEnv): Promise<SignedInTenant> {
    const { cloud, credential, subscriptionId } = await connect(environment);
    const token = await tokenFor(credential, cloud.graph);
    const { tid, oid } = decodeJwt(token) as { tid?: string; oid?: string };
    return new SignedInTenant(cloud, credential, subscriptionId, tid ?? "", oid ?? "");
  }

  async list(path: string, version: GraphVersion = "v1.0"): Promise<Json[]> {
    const found: Json[] = [];
    for (let next: string | undefined = `${this.cloud.graph}/${version}/${path}`; next !== undefined; ) {
      const page: Json = (await this.get(next, this.cloud.graph)) ?? {};
      found.push(...((page.value as Json[] | undefined) ?? []));
      next = page["@odata.nextLink"] as string | undefined;
    }
    return found;
  }

  object(path: string): Promise<Json | undefined> {
    return this.get(`${this.cloud.graph}/v1.0/${path}`, this.cloud.graph);
  }

  resource(id: string, apiVersion: string): Promise<Json | undefined> {
    const { resourceManager, resourceManagerAudience } = this.cloud;
    return this.get(`${resourceManager}${id}?api-version=${apiVersion}`, resourceManagerAudience);
  }

  get graphAddress(): string {
    return this.cloud.graph;
  }

  async ask(path: string, body: Json): Promise<Json> {
    return JSON.parse(await this.send("POST", `${this.cloud.graph}/v1.0/${path}`, this.cloud.graph, body)) as Json;
  }

  async resources(path: string, apiVersion: string): Promise<Json[]> {
    const { resourceManager, resourceManagerAudience } = this.cloud;
    const found: Json[] = [];
    let next: string | undefined = `${resourceManager}${path}?api-version=${apiVersion}`;
    while (next !== undefined) {
      const page: Json | undefined = await this.get(next, resourceManagerAudience);
      if (page === undefined) throw new TenantError(`GET ${next}: 404`, 404);
      found.push(...((page.value as Json[] | undefined) ?? []));
      next = page.nextLink as string | undefined;
    }
    return found;
  }

  async graph(method: string, path: string, body?: Json): Promise<void> {
    try {
      await this.send(method, `${this.cloud.graph}${path}`, this.cloud.graph, body);
    } catch (error) {
      // An object that no longer exists need not be removed.
      if (!(error instanceof TenantError) || error.status !== 404) throw error;
    }
  }

  async put(id: string, apiVersion: string, body: Json): Promise<void> {
    const { resourceManager, resourceManagerAudience } = this.cloud;
    await this.send("PUT", `${resourceManager}${id}?api-version=${apiVersion}`, resourceManagerAudience, body);
  }

  private async send(method: string, address: string, audience: string, body?: Json): Promise<string> {
    const authorization = `Bearer ${await tokenFor(this.credential, audience)}`;
    const response = await fetch(address, {
      method,
      headers: { authorization, ...(body ? { "content-type": "application/json" } : {}) },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok)
      throw new TenantError(`${method} ${address}: ${response.status} ${azureErrorIn(text)}`, response.status);
    return text;
  }

  private async get(address: string, audience: string): Promise<Json | undefined> {
    const authorization = `Bearer ${await tokenFor(this.credential, audience)}`;
    const response = await fetch(address, { headers: { authorization } });
    const text = await response.text();
    if (response.status === 404) return undefined;
    if (!response.ok)
      throw new TenantError(`GET ${address}: ${response.status} ${azureErrorIn(text)}`, response.status);
    return JSON.parse(text) as Json;
  }
}

/**
 * The cloud that the environment names, and how to sign in there.
 *
 * @throws TenantError
 */
export async function connect(
  environment: NodeJS.ProcessEnv,
): Promise<{ cloud: Cloud; credential: TokenCredential; subscriptionId: string }> {
  const { ARM_SUBSCRIPTION_ID, ARM_METADATA_HOSTNAME } = environment;
  if (!ARM_SUBSCRIPTION_ID)
    throw new TenantError("ARM_SUBSCRIPTION_ID is not set; allowed: the id of the stack's subscription, a GUID");
  for (const name of ["ARM_SUBSCRIPTION_ID", "ARM_CLIENT_ID"]) {
    const value = environment[name];
    if (value && !z.guid().safeParse(value).success)
      throw new TenantError(`${name} is ${shown(value)}; allowed: a GUID`);
  }
  const cloud = ARM_METADATA_HOSTNAME ? await cloudAt(ARM_METADATA_HOSTNAME) : cloudNamed(environment.ARM_ENVIRONMENT);
  return { cloud, credential: credentialFrom(environment, cloud), subscriptionId: ARM_SUBSCRIPTION_ID };
}

function cloudNamed(name = "public"): Cloud {
  if (!cloudNames.some((each) => each === name))
    throw new TenantError(`ARM_ENVIRONMENT is ${shown(name)}; allowed: ${cloudNames.join(", ")}`);
  const { authority, graph, resourceManager } = clouds[name as CloudName];
  return { login: authority, graph, resourceManager, resourceManagerAudience: resourceManager };
}

async function cloudAt(host: string): Promise<Cloud> {
  const address = `https://${host}/metadata/endpoints?api-version=2022-09-01`;
  const answer = z.object({
    microsoftGraphResourceId: z.string(),
    resourceManager: z.string(),
    authentication: z.object({ loginEndpoint: z.string(), audiences: z.array(z.string()).min(1) }),
  });
  const described = await fetch(address)
    .then(async (response) => answer.parse(await response.json()))
    .catch(() => {
      throw new TenantError(
        `ARM_METADATA_HOSTNAME is ${shown(host)}, but ${address} does not describe a cloud; allowed: a host like localhost:8443, or no value for the public cloud`,
      );
    });
  const { microsoftGraphResourceId, resourceManager, authentication } = described;
  const plain = (url: string) => url.replace(/\/$/, "");
  return {
    login: plain(authentication.loginEndpoint),
    graph: plain(microsoftGraphResourceId),
    resourceManager: plain(resourceManager),
    resourceManagerAudience: plain(authentication.audiences[0] as string),
  };
}

function credentialFrom(environment: NodeJS.ProcessEnv, { login }: Cloud): TokenCredential {
  // Loaded late, because it takes long and not every command that can sign in does.
  const { AzureCliCredential, ClientSecretCredential, WorkloadIdentityCredential } =
    require("@azure/identity") as typeof import("@azure/identity");
  const { ARM_CLIENT_ID, ARM_CLIENT_SECRET, ARM_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE } = environment;
  // The client libraries can discover only the public cloud.
  const options = { authorityHost: login, disableInstanceDiscovery: login !== clouds.public.authority };
  if (ARM_CLIENT_ID && ARM_CLIENT_SECRET && ARM_TENANT_ID)
    return new ClientSecretCredential(ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET, options);
  if (AZURE_FEDERATED_TOKEN_FILE && AZURE_CLIENT_ID && ARM_TENANT_ID)
    return new WorkloadIdentityCredential({
      ...options,
      tenantId: ARM_TENANT_ID,
      clientId: AZURE_CLIENT_ID,
      tokenFilePath: AZURE_FEDERATED_TOKEN_FILE,
    });
  return new AzureCliCredential(ARM_TENANT_ID ? { tenantId: ARM_TENANT_ID } : {});
}

async function tokenFor(credential: TokenCredential, audience: string): Promise<string> {
  try {
    const token = await credential.getToken(`${audience}/.default`);
    if (token) return token.token;
  } catch (error) {
    throw new TenantError(`cannot sign in: ${(error as Error).message.split("\n")[0]}`);
  }
  throw new TenantError("cannot sign in: there is no token");
}
