import { ManagedIdentityCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";
import { type AuthError, ConfidentialClientApplication, type NodeAuthOptions } from "@azure/msal-node";
import { poll } from "@microservice-identities/engine/deployment/retry";
import { publicCloud } from "@microservice-identities/well-known/clouds";
import { decodeJwt } from "jose";
import type { Directory, DirectoryService } from "./directory";
import { pace } from "./pace";
import { patientFetch, patiently } from "./patience";
import type { ProvedApi, ProvedApiModule } from "./provedApi";
import type { CallObservation, ProofReport, VaultObservation } from "./report";
import { type Sample, tried } from "./sample";

export interface ProofOptions {
  /** The file of a {@link ProvedApiModule}: what the services' APIs are guarded with. */
  readonly apiModule: string;
  readonly directory: Directory;
  readonly tenantId: string;
  /** `https://localhost:{port}`, where tokens come from. */
  readonly authority: string;
  /** The certificate of the APIs that the proof stands up, one for each service. */
  readonly certificate: { readonly key: string; readonly cert: string };
  readonly onProgress?: (done: number, total: number) => void;
  /** How many of the calls and readings that have to be refused are tried. Default: all. */
  readonly refusals?: Sample;
  /**
   * For how long what is declared is tried again, in seconds: Entra's writes take a while to reach all of its servers.
   * Default 0: what was deployed is there.
   */
  readonly patience?: number;
  /** How many calls and readings are begun in a second, at most. Default: no limit. */
  readonly perSecond?: number;
}

/** Where a service's secret is. */
interface Vault {
  readonly uri: string;
  readonly secretName: string;
}

/** A service as the proof plays it. */
interface Party {
  readonly name: string;
  readonly entry: DirectoryService;
  /** Where its secret is, if it has one. */
  readonly vault: Vault | undefined;
  readonly identity: ManagedIdentityCredential;
  readonly api: ProvedApi;
}

const vaultOf = ({ vaultUri, credential }: DirectoryService): Vault | undefined =>
  vaultUri === undefined || credential.kind === "federated"
    ? undefined
    : { uri: vaultUri, secretName: credential.secretName };

const parallel = 8;
const notAssigned = "AADSTS501051";

/**
 * Plays every service against every other with the clients that services use: each reads its credential from its own
 * vault as its managed identity (or is trusted as that identity), asks Entra for a token for every other service, and
 * calls that with it. What is declared has to work with exactly its roles; everything else has to be refused.
 *
 * The process has to trust the APIs' certificates (`NODE_EXTRA_CA_CERTS`) and to run where the managed identities are
 * (`IDENTITY_ENDPOINT`, `IDENTITY_HEADER`).
 */
export async function prove(options: ProofOptions): Promise<Omit<ProofReport, "credentials">> {
  const { directory, tenantId, authority, certificate } = options;
  const { startProvedApi } = require(options.apiModule) as ProvedApiModule;
  const parties: Party[] = [];
  try {
    for (const [name, entry] of Object.entries(directory))
      parties.push({
        name,
        entry,
        vault: vaultOf(entry),
        identity: new ManagedIdentityCredential({ clientId: entry.identityClientId }),
        api: await startProvedApi({
          // Of several stacks, `shop/inventory`: the service is the last part.
          name: name.split("/").at(-1) ?? name,
          clientId: entry.clientId,
          roles: Object.keys(entry.roleIds),
          tenantId,
          authority,
          certificate,
          fetch: patientFetch,
        }),
      });
    return await proveParties(parties, options);
  } finally {
    await Promise.all(parties.map(({ api }) => api.close()));
  }
}

async function proveParties(
  parties: readonly Party[],
  options: ProofOptions,
): Promise<Omit<ProofReport, "credentials">> {
  const pairs = parties.flatMap((a) => parties.map((b) => [a, b] as const));
  let done = 0;
  const turn = pace(options.perSecond);
  const untilDeadline = { every: 10_000, deadline: Date.now() + (options.patience ?? 0) * 1000 };
  const everyReading = pairs.flatMap(([reader, owner]) => (owner.vault ? [[reader, owner, owner.vault] as const] : []));
  const readings = tried(everyReading, ([reader, owner]) => reader === owner, options.refusals);
  const calling = tried(
    pairs.filter(([caller, api]) => caller !== api),
    ([caller, api]) => caller.entry.calls[api.name] !== undefined,
    options.refusals,
  );
  const outside = parties.flatMap((caller) =>
    Object.entries(caller.entry.callsOutside).map(([api, call]) => ({ caller, api, ...call })),
  );
  const total = readings.length + calling.length + outside.length;
  const step = <T>(result: T): T => {
    options.onProgress?.(++done, total);
    return result;
  };
  const secrets = new Map<string, string>();
  const vaults = await inParallel(readings, turn, async ([reader, owner, vault]) => {
    const { observation, value } = await poll(
      () => readVault(reader, owner, vault),
      ({ observation: { differences } }) => reader !== owner || differences.length === 0,
      untilDeadline,
    );
    if (reader === owner && value !== undefined) secrets.set(owner.name, value);
    return step(observation);
  });
  const clients = new Map(
    parties.flatMap((party) => {
      const credential = credentialOf(party, secrets.get(party.name));
      return credential ? [[party.name, () => clientOf(party.entry, credential, options)] as const] : [];
    }),
  );
  const calls = await inParallel(calling, turn, async ([caller, api]) =>
    step(
      await poll(
        () => observeCall(caller, api, clients.get(caller.name)),
        ({ declared, differences }) => declared.length === 0 || differences.length === 0,
        untilDeadline,
      ),
    ),
  );
  const callsOutside = await inParallel(outside, turn, async ({ caller, api, scope, roles }) => {
    const call = { caller: caller.name, api, declared: [...roles].sort() };
    const { token: _, ...observed } = await observeToken(call, scope, clients.get(caller.name));
    return step(observed);
  });
  return { services: parties.map(({ name }) => name), calls: [...calls, ...callsOutside], vaults };
}

type MsalCredential = Pick<NodeAuthOptions, "clientSecret" | "clientCertificate" | "clientAssertion">;

/** @param secret what its vault gave it */
function credentialOf(
  { entry: { credential }, identity }: Party,
  secret: string | undefined,
): MsalCredential | undefined {
  if (credential.kind === "federated") {
    // The managed identity's own token is the proof.
    const clientAssertion = async () => (await identity.getToken(`${publicCloud.tokenExchange}/.default`)).token;
    return { clientAssertion };
  }
  if (secret === undefined) return undefined;
  if (credential.kind === "secret") return { clientSecret: secret };
  return { clientCertificate: { thumbprintSha256: credential.thumbprint, privateKey: secret } };
}

const clientOf = ({ clientId }: DirectoryService, credential: MsalCredential, { authority, tenantId }: ProofOptions) =>
  new ConfidentialClientApplication({
    auth: {
      clientId,
      ...credential,
      authority: `${authority}/${tenantId}`,
      knownAuthorities: [new URL(authority).host],
    },
  });

/** Its own vault opens for a service, to `get` and, by access policy, not to `list`; every other one refuses it. */
async function readVault(
  reader: Party,
  owner: Party,
  { uri, secretName }: Vault,
): Promise<{ observation: VaultObservation; value?: string }> {
  // The vault's host name is not one of Azure's on loopback; on Azure the check stays on.
  const disableChallengeResourceVerification = new URL(uri).hostname === "localhost";
  const client = new SecretClient(uri, reader.identity, { disableChallengeResourceVerification });
  const own = reader === owner;
  const whose = own ? "its own vault" : `the vault of ${owner.name}`;
  const get = await statusOf(async () => (await client.getSecret(secretName)).value);
  const expected = own ? 200 : 403;
  const differences =
    get.status === expected
      ? []
      : [`${reader.name}: reading ${whose} answered ${get.status}, expected ${expected}${get.reason}`];
  if (own) {
    const list = await statusOf(async () => (await client.listPropertiesOfSecrets().next()).value);
    // "Key Vault Secrets User" reads metadata too, so that it lists; an access policy can give `get` alone.
    const listed = owner.entry.vaultAuthorization === "rbac" ? 200 : 403;
    if (list.status !== listed)
      differences.push(`${reader.name}: listing ${whose} answered ${list.status}, expected ${listed}`);
  }
  const observation = { reader: reader.name, vault: owner.name, status: get.status, differences };
  return { observation, value: get.value };
}

const isVaultTrouble = (error: unknown): boolean => {
  const { statusCode } = error as { statusCode?: number };
  return statusCode === undefined || statusCode === 429 || statusCode >= 500;
};

async function statusOf<T>(request: () => Promise<T>): Promise<{ status: number; value?: T; reason: string }> {
  try {
    // The client tries a few times itself, which a bad minute outlasts.
    return { status: 200, value: await patiently(request, isVaultTrouble), reason: "" };
  } catch (error) {
    const { statusCode = 0, message } = error as { statusCode?: number; message: string };
    return { status: statusCode, reason: `: ${message.split("\n")[0]}` };
  }
}

/** What is declared of a call. */
type DeclaredCall = Pick<CallObservation, "caller" | "api" | "declared">;

/** A token with exactly the declared roles, or a refusal where none are declared. */
async function observeToken(
  call: DeclaredCall,
  scope: string,
  client: (() => ConfidentialClientApplication) | undefined,
): Promise<CallObservation & { readonly token?: string }> {
  const { caller, declared } = call;
  const arrow = `${caller} → ${call.api}`;
  if (!client) {
    const differences = [`${arrow}: not tried, ${caller} could not read its credential`];
    return { ...call, got: "no credential", differences };
  }
  const answer = await askForToken(client, scope);
  if (answer.token === undefined) {
    const asExpected = declared.length === 0 && answer.refusal === notAssigned;
    const expected = declared.length === 0 ? `expected ${notAssigned}` : `expected a token with ${declared.join(", ")}`;
    const differences = asExpected ? [] : [`${arrow}: refused with ${answer.refusal}, ${expected}${answer.reason}`];
    return { ...call, got: answer.refusal, differences };
  }
  const { roles } = decodeJwt(answer.token);
  const got = Array.isArray(roles) ? roles.map(String).sort() : [];
  const expected = declared.length === 0 ? notAssigned : declared.join(", ");
  const isAsDeclared = declared.length > 0 && got.join() === declared.join();
  const differences = isAsDeclared
    ? []
    : [`${arrow}: got a token with ${got.join(", ") || "no role"}, expected ${expected}`];
  return { ...call, got, differences, token: answer.token };
}

async function observeCall(
  caller: Party,
  api: Party,
  client: (() => ConfidentialClientApplication) | undefined,
): Promise<CallObservation> {
  const declared = [...(caller.entry.calls[api.name] ?? [])].sort();
  const call = { caller: caller.name, api: api.name, declared };
  const { token, ...observed } = await observeToken(call, api.entry.scope, client);
  if (token === undefined) return observed;
  const differences = [...observed.differences];
  for (const role of Object.keys(api.entry.roleIds)) {
    const status = await api.api.use(role, token);
    const [asExpected, expected] = declared.includes(role) ? [status < 300, "success"] : [status === 403, "403"];
    if (!asExpected)
      differences.push(`${caller.name} → ${api.name}: using ${role} answered ${status}, expected ${expected}`);
  }
  return { ...observed, differences };
}

/** "A transient error has occurred. Please try again." */
const transientError = "AADSTS90033";

type TokenAnswer = { token: string } | { token?: undefined; refusal: string; reason: string };

/** Each time with a new client: MSAL answers from memory for a minute once it was refused for a reason that passes. */
async function askForToken(newClient: () => ConfidentialClientApplication, scope: string): Promise<TokenAnswer> {
  try {
    const result = await patiently(
      () => newClient().acquireTokenByClientCredential({ scopes: [scope] }),
      (error) => [undefined, transientError].includes(codeOf(error)),
    );
    return result ? { token: result.accessToken } : { refusal: "no answer", reason: "" };
  } catch (error) {
    const { errorMessage = (error as Error).message, errorCode = "no answer" } = error as Partial<AuthError>;
    return { refusal: codeOf(error) ?? errorCode, reason: `: ${errorMessage.split(" Trace ID")[0]}` };
  }
}

const codeOf = (error: unknown): string | undefined => /AADSTS\d+/.exec((error as Error).message)?.[0];

async function inParallel<T, R>(
  items: readonly T[],
  turn: () => Promise<void>,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const worker = async () => {
    for (const [index, item] of rest) {
      await turn();
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}
