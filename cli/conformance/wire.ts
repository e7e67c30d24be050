import { setTimeout as pause } from "node:timers/promises";
import { Agent, fetch } from "undici";
import { type AssertionClaims, signedAssertion } from "./signedAssertion";

export type Json = Readonly<Record<string, unknown>>;

/** A request to one of the APIs of a cloud, without the cloud's addresses: it can be sent to another cloud. */
export interface ApiRequest {
  /** `entra`, `graph`, `resource manager`, or the origin of a vault. */
  readonly api: string;
  readonly method: string;
  /** The path with the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** Signed with a new key and sent in the form as `client_assertion`. */
  readonly assertion?: AssertionClaims;
  /** An access token. */
  readonly bearer?: string;
}

export interface Answer {
  /** 0 if the connection was closed without an answer. */
  readonly status: number;
  /** Only those of {@link keptHeaders}. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty if the answer was not a JSON object. */
  readonly body: Json;
  readonly milliseconds: number;
}

/** The addresses of a cloud, by the name of the API. */
export type Addresses = Readonly<Record<"entra" | "graph" | "resource manager", string>>;

const keptHeaders = ["location", "azure-asyncoperation", "retry-after", "www-authenticate"];
const attempts = 8;

/** Sends requests unchanged, and retries only throttled ones. */
export class Wire {
  private readonly dispatcher: Agent;

  /** @param caCertificate the trusted certificate, PEM. Default: those that Node.js trusts */
  constructor(
    readonly addresses: Addresses,
    caCertificate?: string,
  ) {
    this.dispatcher = new Agent(caCertificate === undefined ? {} : { connect: { ca: caCertificate } });
  }

  async send(request: ApiRequest): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.attempt(request);
      if (answer.status !== 429 || attempt === attempts) return answer;
      await pause(1000 * Math.min(60, Number(answer.headers["retry-after"]) || 2 ** attempt));
    }
  }

  close(): Promise<void> {
    return this.dispatcher.close();
  }

  private async attempt({ api, method, path, headers, json, form, assertion, bearer }: ApiRequest): Promise<Answer> {
    const base = (this.addresses as Readonly<Record<string, string>>)[api] ?? api;
    const sent = form && { ...form, ...(assertion ? { client_assertion: await signedAssertion(assertion) } : {}) };
    const begun = performance.now();
    const elapsed = () => Math.round(performance.now() - begun);
    const sending = fetch(`${base}${path}`, {
      method,
      dispatcher: this.dispatcher,
      redirect: "manual",
      headers: {
        ...headers,
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(sent ? { body: new URLSearchParams(sent) } : json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const answered = await sending
      .then(async (response) => ({ response, text: await response.text() }))
      .catch(() => undefined);
    if (answered === undefined) return { status: 0, headers: {}, body: {}, milliseconds: elapsed() };
    const { response, text } = answered;
    return {
      status: response.status,
      headers: Object.fromEntries(keptHeaders.flatMap((name) => headerOf(response.headers, name))),
      body: jsonOf(text),
      milliseconds: elapsed(),
    };
  }
}

function headerOf(headers: { get(name: string): string | null }, name: string): [string, string][] {
  const value = headers.get(name);
  return value === null ? [] : [[name, value]];
}

function jsonOf(text: string): Json {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Json)
      : { value: parsed };
  } catch {
    // The body is empty or the page of a gateway. The status is enough.
    return {};
  }
}
