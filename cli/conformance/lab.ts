import { setTimeout as pause } from "node:timers/promises";
import type { Recorder } from "./recorder";
import type { Answer, ApiRequest, Wire } from "./wire";

/** The limits of a run. */
export interface LabSettings {
  /** How often each duration is measured. */
  readonly tries: number;
  /** The maximum wait for a state, in seconds. */
  readonly patienceSeconds: number;
  /** The pause between two requests that wait for a state, in seconds. */
  readonly pauseSeconds: number;
  /** The documented number of objects that one principal may create. */
  readonly quota: number;
  /** The Azure region of the resources, for example `westeurope`. */
  readonly location: string;
}

/** An identity that requests are sent as. */
export interface Identity {
  /** The object id of its service principal. */
  readonly objectId: string;
  readonly clientId: string;
  /** @param audience as in {@link ApiRequest.api}, or the resource that a vault names */
  bearer(audience: "graph" | "resource manager" | "key vault"): Promise<string>;
}

export interface Tenancy {
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly deployer: Identity;
  /** The beginning of a scope for Graph. */
  readonly graphAudience: string;
}

/** The run was interrupted. */
export class Interrupted extends Error {}

/** The result of waiting for a state. */
export interface Waited {
  /** The last answer. */
  readonly answer: Answer;
  /** The time until the state was stable, in milliseconds; undefined if it was not reached. */
  readonly milliseconds: number | undefined;
  /** The time of the last answer without the state, in milliseconds: the state was reached between the two. */
  readonly lastMissed: number;
  /** How many answers did not show the state. */
  readonly misses: number;
  /** How often an answer showed the state and a later one an older state. */
  readonly relapses: number;
}

/** Sends the requests that examine assumptions, and records each with its answer. */
export class Lab {
  /** The applications that were created and not deleted, by object id. */
  readonly created = new Set<string>();
  /** Identities other than the deployer that may own objects. */
  readonly identities: Identity[] = [];
  private polls = 0;
  private names = 0;
  /** The assumption that is being examined. */
  assumption = "";
  /** Shows the progress on a terminal. */
  progress: (text: string) => void = () => {};

  constructor(
    /** The beginning of the name of every created object. */
    readonly prefix: string,
    readonly settings: LabSettings,
    readonly tenancy: Tenancy,
    private readonly wire: Pick<Wire, "send">,
    private readonly recorder: Recorder,
    private readonly stop: AbortSignal,
  ) {}

  get graphAudience(): string {
    return this.tenancy.graphAudience;
  }

  /** A unique name. */
  name(what: string): string {
    return `${this.prefix}-${what}${++this.names}`;
  }

  /** @throws Interrupted */
  async send(request: ApiRequest, poll?: number): Promise<Answer> {
    if (this.stop.aborted) throw new Interrupted("interrupted");
    const answer = await this.wire.send(request);
    this.recorder.request(this.assumption, request, answer, poll);
    this.remember(request, answer);
    return answer;
  }

  /**
   * Repeats a request until its answer is the awaited one.
   *
   * @param inARow how many consecutive answers must be the awaited one
   */
  async until(request: ApiRequest, isAwaited: (answer: Answer) => boolean, inARow = 1): Promise<Waited> {
    const poll = ++this.polls;
    const begun = performance.now();
    const end = begun + this.settings.patienceSeconds * 1000;
    let since: number | undefined;
    let relapses = 0;
    let misses = 0;
    let lastMissed = 0;
    for (let seen = 0; ; ) {
      const sent = performance.now();
      const answer = await this.send(request, poll);
      const isThere = isAwaited(answer);
      if (isThere) {
        since ??= sent - begun;
        seen++;
      } else {
        misses++;
        lastMissed = sent - begun;
        if (since !== undefined) relapses++;
        since = undefined;
        seen = 0;
      }
      if (seen >= inARow) return { answer, milliseconds: since, lastMissed, misses, relapses };
      if (performance.now() >= end) return { answer, milliseconds: undefined, lastMissed, misses, relapses };
      await this.pause();
    }
  }

  pause(): Promise<void> {
    return pause(this.settings.pauseSeconds * 1000);
  }

  async graph(method: string, path: string, json?: object, as: Identity = this.tenancy.deployer): Promise<Answer> {
    return this.send(await this.graphRequest(method, path, json, as));
  }

  async graphRequest(
    method: string,
    path: string,
    json?: object,
    as: Identity = this.tenancy.deployer,
  ): Promise<ApiRequest> {
    const bearer = await as.bearer("graph");
    return { api: "graph", method, path: `/v1.0${path}`, ...(json ? { json } : {}), bearer };
  }

  /** @param path below the subscription, with the API version */
  async resourceManager(method: string, path: string, json?: object): Promise<Answer> {
    return this.send(await this.resourceManagerRequest(method, path, json));
  }

  async resourceManagerRequest(method: string, path: string, json?: object): Promise<ApiRequest> {
    const { subscriptionId, deployer } = this.tenancy;
    const bearer = await deployer.bearer("resource manager");
    const whole = `/subscriptions/${subscriptionId}${path}`;
    return { api: "resource manager", method, path: whole, ...(json ? { json } : {}), bearer };
  }

  /** A request to the token endpoint, by the client credentials grant. */
  tokenRequest(form: Readonly<Record<string, string>>, tenantId = this.tenancy.tenantId): ApiRequest {
    return {
      api: "entra",
      method: "POST",
      path: `/${tenantId}/oauth2/v2.0/token`,
      form: { grant_type: "client_credentials", ...form },
    };
  }

  private remember({ method, path }: ApiRequest, { status, body }: Answer): void {
    if (method === "POST" && path === "/v1.0/applications" && status === 201) this.created.add(String(body.id));
    const [, deleted] = /^\/v1\.0\/applications\/([^/?]+)$/.exec(path) ?? [];
    if (method === "DELETE" && status === 204 && deleted !== undefined) this.created.delete(deleted);
  }
}

/** A short form of an error: `400 Request_BadRequest: …`. */
export function errorOf({ status, body }: Answer): string {
  if (status === 0) return "no answer";
  const error = body.error;
  if (typeof error === "string")
    return `${status} ${error}: ${String(body.error_description ?? "").split(" Trace ID")[0]}`;
  if (typeof error !== "object" || error === null) return `${status}`;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return `${status} ${code}: ${message}`;
}

/** The number behind AADSTS in an answer of the token endpoint; undefined for a token. */
export const aadsts = ({ body }: Answer): number | undefined => {
  const [code] = Array.isArray(body.error_codes) ? body.error_codes : [];
  return typeof code === "number" ? code : undefined;
};

/** @throws Error with the answer, if it does not contain the property: then the assumption cannot be examined */
export function text(answer: Answer, property: string): string {
  const value = answer.body[property];
  if (answer.status < 300 && typeof value === "string") return value;
  throw new Error(`an answer without '${property}': ${errorOf(answer)}`);
}
