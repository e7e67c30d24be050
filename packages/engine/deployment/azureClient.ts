import { cloudOf } from "@microservice-identities/well-known/clouds";
import { Agent, fetch, type RequestInit, type Response } from "undici";
import { poll, type RetryPolicy, retry, TransientError } from "./retry";
import type { TargetAzure } from "./targetAzure";

/** An unsuccessful answer of an API, with the API's own text. */
export class AzureRequestError extends Error {
  constructor(
    method: string,
    address: string,
    readonly status: number,
    readonly code: string,
    readonly reason: string,
  ) {
    // The status in the wording of the azuread provider, which error hooks parse.
    super(`${method} ${address}: unexpected status ${status} with error: ${code}: ${reason}`);
  }
}

/** A request whose answer was lost, so nobody knows whether it was executed. */
export class UnansweredError extends Error {}

type Json = Record<string, unknown>;

interface Answer {
  readonly status: number;
  readonly headers: Response["headers"];
  readonly json: Json;
}

/**
 * The retries of the providers, which begin with a pause of one second and give up after about ten attempts. Here the pauses are a
 * tenth of that, because the target is on this machine.
 */
const providersRetries: RetryPolicy = { attempts: 10, pause: 100, longestPause: 6_100 };

/** Whether a refusal is retried: a provider's rule for one kind of request. */
export type RetryRule = (refusal: AzureRequestError) => boolean;

/**
 * Sends the requests of a deployer as the azuread and azure-native providers do, and retries what they retry: 429 and 5xx for
 * every method, lost connections only for GET, and further failures by a rule of the request. A POST or PATCH without an
 * answer fails, although it may have been executed.
 * https://github.com/hashicorp/go-azure-sdk (sdk/client/client.go)
 */
export class AzureClient {
  private readonly dispatcher: Agent;
  private readonly tokens = new Map<string, { token: Promise<string>; until: number }>();
  private readonly locks = new Map<string, Promise<unknown>>();

  constructor(
    private readonly azure: TargetAzure,
    private readonly retries: RetryPolicy = providersRetries,
  ) {
    this.dispatcher = new Agent({ connect: { ca: azure.caCertificate } });
  }

  get deployer() {
    return this.azure.deployer;
  }

  /** @param path for example `/v1.0/applications` */
  graph(method: string, path: string, body?: Json, retry?: RetryRule): Promise<Json> {
    return this.send(method, `${this.azure.authority}/graph${path}`, `${this.azure.authority}/graph`, body, retry);
  }

  /** @param id the resource id; @param apiVersion for example `2024-03-01` */
  async resourceManager(method: string, id: string, apiVersion: string, body?: Json): Promise<Json> {
    const audience = `${cloudOf({ cloud: this.azure.cloud }).resourceManagerClassic}/`;
    return this.send(method, `${this.azure.authority}${id}?api-version=${apiVersion}`, audience, body);
  }

  /** One writer at a time for each key, because concurrent changes of the same object would overwrite each other. */
  exclusively<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.locks.get(key) ?? Promise.resolve()).then(work);
    this.locks.set(
      key,
      turn.catch(() => undefined),
    );
    return turn;
  }

  /**
   * Waits until a request succeeds several times in a row, as the providers wait for a new credential.
   *
   * @throws Error that names what is missing
   */
  async untilShown(what: string, find: () => Promise<boolean>): Promise<void> {
    let times = 0;
    let looks = 0;
    await poll(
      async () => {
        times = (await find()) ? times + 1 : 0;
        looks++;
      },
      () => times === 5 || looks === 300,
      // The providers pause for one second.
      { every: this.retries.pause / 10 },
    );
    if (times < 5) throw new Error(`${what} did not appear`);
  }

  /** The claims of the deployer's own token. */
  async claims(): Promise<Json> {
    const [, payload = ""] = (await this.token(`${this.azure.authority}/graph`)).split(".");
    return JSON.parse(Buffer.from(payload, "base64url").toString()) as Json;
  }

  async close(): Promise<void> {
    await this.dispatcher.close();
  }

  private async send(method: string, address: string, audience: string, body?: Json, retry?: RetryRule): Promise<Json> {
    const init = async () => ({
      method,
      headers: {
        authorization: `Bearer ${await this.token(audience)}`,
        ...(body ? { "content-type": "application/json" } : {}),
      },
      body: body && JSON.stringify(body),
    });
    const response = await this.request(method, address, init, { isWorthRetrying: retry });
    const operation = response.headers.get("azure-asyncoperation");
    if (response.status === 202 && operation) return this.finished(operation, audience);
    return response.json;
  }

  private async finished(operation: string, audience: string): Promise<Json> {
    const init = async () => ({ method: "GET", headers: { authorization: `Bearer ${await this.token(audience)}` } });
    const { json } = await poll(
      () => this.request("GET", operation, init),
      (answer) => answer.json.status !== "InProgress",
      { every: 20 },
    );
    if (json.status === "Succeeded") return json;
    const { code, message } = (json.error ?? {}) as { code?: string; message?: string };
    throw new AzureRequestError(
      "GET",
      operation,
      200,
      code ?? String(json.status),
      message ?? "the operation did not succeed",
    );
  }

  private token(audience: string): Promise<string> {
    const known = this.tokens.get(audience);
    if (known && Date.now() < known.until) return known.token;
    const address = `${this.azure.authority}/${this.azure.deployer.ARM_TENANT_ID}/oauth2/v2.0/token`;
    const ask = async () => ({ method: "POST", body: await this.signInForm(`${audience}/.default`) });
    const answer = this.request("POST", address, ask, { isRepeatable: true });
    const entry = { token: answer.then(({ json }) => String(json.access_token)), until: Number.POSITIVE_INFINITY };
    this.tokens.set(audience, entry);
    answer.then(
      ({ json }) => (entry.until = Date.now() + 900 * Number(json.expires_in)),
      // A failure is not cached, so the next request tries again.
      () => this.tokens.delete(audience),
    );
    return entry.token;
  }

  private async signInForm(scope: string): Promise<URLSearchParams> {
    const { ARM_CLIENT_ID, ARM_CLIENT_SECRET, ARM_OIDC_TOKEN } = this.azure.deployer;
    const idToken = this.azure.idToken ? await this.azure.idToken() : ARM_OIDC_TOKEN;
    const credential: Record<string, string> = idToken
      ? { client_assertion: idToken, client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" }
      : { client_secret: ARM_CLIENT_SECRET };
    return new URLSearchParams({ grant_type: "client_credentials", client_id: ARM_CLIENT_ID, ...credential, scope });
  }

  /** @param init is called for each attempt, because a token may have expired */
  private request(
    method: string,
    address: string,
    init: () => Promise<RequestInit>,
    rules: RequestRules = {},
  ): Promise<Answer> {
    return retry(async () => this.attempt(method, address, await init(), rules), this.retries);
  }

  private async attempt(
    method: string,
    address: string,
    init: RequestInit,
    { isRepeatable = method === "GET", isWorthRetrying = () => false }: RequestRules,
  ): Promise<Answer> {
    const { response, json } = await this.exchange(address, init).catch((cause) => {
      if (!isRepeatable)
        throw new UnansweredError(`${method} ${address}: the connection ended without an answer`, { cause });
      const message = `${method} ${address}: no answer after ${this.retries.attempts} attempts`;
      throw new TransientError(new Error(message, { cause }));
    });
    if (response.ok) return { status: response.status, headers: response.headers, json };
    const failure = refused(method, address, response.status, json);
    const isTransient = failure.status === 429 || (failure.status >= 500 && failure.status !== 501);
    if (!isTransient && !isWorthRetrying(failure)) throw failure;
    const after = Number(response.headers.get("retry-after"));
    throw new TransientError(failure, Number.isFinite(after) && after > 0 ? after * 1000 : undefined);
  }

  private async exchange(address: string, init: RequestInit) {
    const response = await fetch(address, { ...init, dispatcher: this.dispatcher });
    const text = await response.text();
    return { response, json: text ? (JSON.parse(text) as Json) : {} };
  }
}

/** Options of one kind of request. */
interface RequestRules {
  /** Whether to retry after a lost answer. Default: only for requests that read. */
  readonly isRepeatable?: boolean;
  /** The refusals to retry, besides 429 and 5xx. Default: none. */
  readonly isWorthRetrying?: RetryRule;
}

function refused(method: string, address: string, status: number, json: Json): AzureRequestError {
  const { error, error_description: description } = json as { error?: string | Json; error_description?: string };
  const code = typeof error === "string" ? error : String(error?.code ?? "Unknown");
  const message = typeof error === "string" ? (description ?? "") : String(error?.message ?? "no message");
  return new AzureRequestError(method, address, status, code, message);
}

export const isNotFound = (error: unknown): boolean => error instanceof AzureRequestError && error.status === 404;

/** An object that does not exist needs no deletion. */
export async function unlessGone(request: Promise<unknown>): Promise<void> {
  await finds(request);
}

/** Whether a request finds its object. */
export async function finds(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
