import { appendFileSync, writeFileSync } from "node:fs";
import type { Verdict } from "./assumption";
import { bodyShape } from "./bodyShape";
import { Placeholders } from "./placeholders";
import type { RecordedRequest, RecordedRun, RecordingLine } from "./recording";
import type { Answer, ApiRequest, Json } from "./wire";

/** Properties whose values are credentials. */
const secretProperties: Readonly<Record<string, string>> = { secretText: "secret", access_token: "token" };

/** Writes a recording line by line, so that an interrupted run leaves a usable recording. */
export class Recorder {
  readonly placeholders = new Placeholders();
  private file: string | undefined;
  private readonly begun = performance.now();

  /** From now on, lines are written to this file, whose content is replaced. Before this, they are discarded. */
  writeTo(file: string): void {
    writeFileSync(file, "", { mode: 0o600 });
    this.file = file;
  }

  start(run: Omit<RecordedRun, "kind">): void {
    this.write({ kind: "run", ...run });
  }

  /** @param poll the number of the poll that the request belongs to */
  request(assumption: string, request: ApiRequest, answer: Answer, poll?: number): void {
    this.learn(answer.body);
    this.learnOperation(answer.headers);
    const { status, body, milliseconds, headers } = answer;
    this.write({
      kind: "request",
      assumption,
      ...(poll === undefined ? {} : { poll }),
      at: Math.round(performance.now() - this.begun) - milliseconds,
      milliseconds,
      request: this.hidden(request) as RecordedRequest["request"],
      status,
      headers: this.hidden(headers) as Record<string, string>,
      body: bodyShape(body, this.placeholders, status >= 400) as Json,
    });
  }

  result(assumption: string, { result, evidence }: Verdict): void {
    this.write({ kind: "result", assumption, result, evidence: this.placeholders.hideInError(evidence) });
  }

  private write(line: RecordingLine): void {
    if (this.file !== undefined) appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }

  private learn(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      const kind = secretProperties[name];
      if (kind !== undefined && typeof inner === "string") this.placeholders.learn(kind, inner);
      if (name === "vaultUri" && typeof inner === "string") this.placeholders.learn("vault", new URL(inner).origin);
      // The ids of assignments are not GUIDs.
      if (name === "id" && typeof inner === "string" && /^[\w-]{20,}$/.test(inner)) this.hideId(inner);
      this.learn(inner);
    }
  }

  private hideId(id: string): void {
    if (this.placeholders.hide(id) === id) this.placeholders.learn("id", id);
  }

  /** The address of an operation's result contains an id that is not a GUID. */
  private learnOperation({ location, "azure-asyncoperation": operation }: Answer["headers"]): void {
    for (const address of [location, operation]) {
      const [, id] = /\/operation\w*\/([^/?]+)/i.exec(address ?? "") ?? [];
      if (id !== undefined) this.placeholders.learn("operation", id);
    }
  }

  private hidden(value: unknown): unknown {
    if (typeof value === "string") return this.placeholders.hide(value);
    if (Array.isArray(value)) return value.map((each) => this.hidden(each));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [this.placeholders.hide(name), this.hidden(inner)]),
    );
  }
}
