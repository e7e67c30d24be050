import { Agent, fetch } from "undici";

export type Json = Record<string, unknown>;
export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: Json;
  readonly form?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly json: Json;
  readonly challenge: string | null;
}

/** Makes requests, and records them as `curl` commands with their real answers, except for secrets and names. */
export class Recorder {
  private readonly text: string[] = [];
  /** The name that is shown in place of a value. */
  private readonly names = new Map<string, string>();
  private readonly dispatcher: Agent;

  constructor(caCertificate: string) {
    this.dispatcher = new Agent({ connect: { ca: caCertificate } });
  }

  /** Shows a name in place of a value, in earlier records too. */
  showAs(value: unknown, name: string): void {
    this.names.set(String(value), name);
  }

  write(...lines: readonly string[]): void {
    this.text.push(...lines, "");
  }

  /** Makes a request without recording it. */
  async request({ method, url, headers = {}, json, form }: Request): Promise<Answer> {
    const body = json ? JSON.stringify(json) : form ? new URLSearchParams(form).toString() : null;
    const type = json ? "application/json" : form ? "application/x-www-form-urlencoded" : undefined;
    const response = await fetch(url, {
      method,
      body,
      headers: { ...headers, ...(type ? { "content-type": type } : {}) },
      dispatcher: this.dispatcher,
    });
    const text = await response.text();
    const answer = text ? (JSON.parse(text) as Json) : {};
    return { status: response.status, json: answer, challenge: response.headers.get("www-authenticate") };
  }

  /** Makes a request and records it. @param shown the properties of the answer that are recorded */
  async record(request: Request, shown: readonly string[] | "all" = "all"): Promise<Answer> {
    const { method, url, headers = {}, json, form } = request;
    const answered = await this.request(request);
    const { status, json: answer, challenge } = answered;
    const curl = [
      `curl --request ${method} '${url}'`,
      ...Object.entries(headers).map(([name, value]) => `--header '${name}: ${value}'`),
      ...(json ? ["--header 'content-type: application/json'", `--data '${JSON.stringify(json)}'`] : []),
      ...(form ? Object.entries(form).map(([name, value]) => `--data-urlencode '${name}=${value}'`) : []),
    ].join(" \\\n  ");
    const part = shown === "all" ? answer : Object.fromEntries(shown.map((key) => [key, answer[key]]));
    this.text.push(
      "```sh",
      curl,
      "```",
      "",
      "```http",
      `HTTP/1.1 ${status}`,
      ...(challenge ? [`www-authenticate: ${challenge}`] : []),
      ...(Object.keys(part).length > 0 ? ["", JSON.stringify(part, null, 2)] : []),
      "```",
      "",
    );
    return answered;
  }

  close(): Promise<void> {
    return this.dispatcher.close();
  }

  /** The whole record, with names in place of values, and without tokens. */
  masked(): string {
    let shown = this.text.join("\n");
    // The longest first: one address may be the beginning of another.
    for (const [value, name] of [...this.names].sort(([one], [other]) => other.length - one.length))
      shown = shown.replaceAll(value, name);
    return shown
      .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, "eyJ…")
      .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "…")
      .replace(/(Trace ID|Correlation ID): [0-9a-f-]{36}/g, "$1: …")
      .replace(/"(trace_id|correlation_id|client-request-id|request-id)": ?"[^"]*"/g, '"$1": "…"');
  }
}
