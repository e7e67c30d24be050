import { setTimeout as pause } from "node:timers/promises";
import type { Recorder } from "./recorder";
import type { Answer, ApiRequest, Wire } from "./wire";

/** How much a run takes trouble. */
export interface LabSettings {
  /** How often each duration is measured. */
  readonly tries: number;
  /** How long a state is waited for, in seconds. */
  readonly patienceSeconds: number;
  /** Between two looks, in seconds. */
  readonly pauseSeconds: number;
  /** How many objects one principal may create, as far as it is known. */
  readonly quota: number;
  /** Where resources are created: `westeurope`. */
  readonly location: string;
}

/** Whose tokens a request carries. */
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
  /** What a scope for Graph begins with. */
  readonly graphAudience: string;
}

/** The run was told to stop. */
export class Interrupted extends Error {}

/** A state that was waited for. */
export interface Waited {
  /** The last answer. */
  readonly answer: Answer;
  /** Until the state was seen to stay, in milliseconds; undefined when it did not come. */
  readonly milliseconds: number | undefined;
  /** Until it was last seen not to be there, in milliseconds: it came between the two. */
  readonly lastMissed: number;
  /** How many answers did not show the state. */
  readonly misses: number;
  /** How often the state was seen, and then an older one again. */
  readonly relapses: number;
}

/** Where assumptions are examined: sends requests, and records each with its answer. */
export class Lab {
  /** The applications that were created and not deleted, by object id. */
  readonly created = new Set<string>();
  /** Who else than the deployer may own something. */
  readonly identities: Identity[] = [];
  private polls = 0;
  private names = 0;
  /** The assumption that is being examined. */
  assumption = "";
  /** Shows on a terminal what is being done. */
  progress: (text: string) => void = () => {};

  constructor(
    /** Begins the name of whatever is created. */
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

  /** A name that nothing else has. */
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
   * @param inARow how often it has to be, one answer after the other
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

/** What an error says, in short: `400 Request_BadRequest: …`. */
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

/** @throws Error with what was answered instead, when a step that leads to a question is refused */
export function text(answer: Answer, property: string): string {
  const value = answer.body[property];
  if (answer.status < 300 && typeof value === "string") return value;
  throw new Error(`an answer without '${property}': ${errorOf(answer)}`);
}
