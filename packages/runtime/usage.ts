import { runHook } from "./hook";
import { checkNumbers } from "./numberOptions";
import type { Access, Telemetry, TelemetryEvent } from "./telemetry";

export interface UsageOptions {
  /** Stores complete lines: appends them to a file, or writes them to the log. If it rejects, the counts are written with the next lines. */
  readonly write: (lines: string) => unknown;
  /** How often counts are written, in seconds. Default 900. */
  readonly every?: number | undefined;
  /** Another telemetry that receives every event, for example `openTelemetry()`. Default: none. */
  readonly also?: Telemetry | undefined;
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly clock?: (() => number) | undefined;
}

/** The guards and callers that recorded on a day, even if they counted nothing. */
type Presence = { readonly kind: "guard"; readonly api: string } | { readonly kind: "caller"; readonly caller: string };

/** A line without its count. The day is in UTC, for example `2026-11-25`; APIs and callers are client ids. */
type Counted =
  | (Presence & { readonly day: string })
  /** Decisions of a guard. The outcome is `admitted` or the refusal's code; the caller is missing if no valid token named it. */
  | {
      readonly kind: "request";
      readonly day: string;
      readonly api: string;
      readonly caller?: string;
      readonly role?: string;
      readonly outcome: string;
      readonly access?: Access;
    }
  /** Token requests. `api` is the API in the scope: `api://…`, or an address. */
  | {
      readonly kind: "token";
      readonly day: string;
      readonly caller: string;
      readonly api: string;
      readonly outcome: string;
    };

const oneDayMs = 86_400_000;

/**
 * Counts by which role each caller was admitted, per day, for services without a telemetry collector. It writes the counts as JSON
 * Lines, which the project's `npm run usage` compares with the granted roles. Pass it as `telemetry` to the guards and
 * callers of the service. A line contains no token, no address and no personal data.
 *
 * Use it as `new UsageRecorder({ write: (lines) => appendFile("usage.jsonl", lines) })`, and `close` it when the service stops.
 */
export class UsageRecorder implements Telemetry {
  readonly #options: UsageOptions;
  readonly #clock: () => number;
  readonly #timer: NodeJS.Timeout;
  /** The guards and callers that report, each with the day of its last line. */
  readonly #recording = new Map<string, { readonly line: Presence; day: string }>();
  #counts = new Map<string, { readonly line: Counted; count: number }>();
  #writing: Promise<void> = Promise.resolve();
  #day = 0;
  #dayText = "";

  /** @throws ConfigurationError for an invalid `everySeconds` */
  constructor(options: UsageOptions) {
    const { every = 900 } = options;
    checkNumbers({ every }, { every: 1 });
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    // A longer period could skip a day, and Node's timers cannot be longer than 25 days.
    this.#timer = setInterval(() => void this.flush(), Math.min(every, 86_400) * 1000);
    // The timer does not keep a process running.
    this.#timer.unref();
  }

  observe(event: TelemetryEvent): void {
    const { also } = this.#options;
    if (also) runHook("telemetry", () => also.observe(event));
    const day = this.#today();
    switch (event.kind) {
      case "guardCreated":
        this.#record({ kind: "guard", api: event.api });
        break;
      case "callerCreated":
        this.#record({ kind: "caller", caller: event.clientId });
        break;
      case "admitted": {
        const { api, clientId, role, access } = event;
        this.#count(`${day} ${role} ${access} ${clientId} ${api}`, () => {
          const known = access === undefined ? {} : { access };
          return { kind: "request", day, api, caller: clientId, role, outcome: "admitted", ...known };
        });
        break;
      }
      case "refused": {
        const { api, clientId, role, code } = event;
        this.#count(`${day} ${role} refused ${code} ${clientId} ${api}`, () => {
          const known = { ...(clientId === undefined ? {} : { caller: clientId }), ...(role === "" ? {} : { role }) };
          return { kind: "request", day, api, ...known, outcome: code };
        });
        break;
      }
      case "tokenRequested": {
        const { clientId, scope, outcome } = event;
        const api = scope.replace(/\/\.default$/, "");
        this.#count(`${day} token ${outcome} ${clientId} ${api}`, () => {
          return { kind: "token", day, caller: clientId, api, outcome };
        });
        break;
      }
    }
  }

  headers(): Readonly<Record<string, string>> {
    return this.#options.also?.headers?.() ?? {};
  }

  /** Writes the counts since the last write. The promise never rejects: counts that cannot be written now are kept for the next write. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Writes the remaining counts. Call it when the service stops. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #write(): Promise<void> {
    for (const each of this.#recording.values()) this.#present(each);
    const counts = this.#counts;
    if (counts.size === 0) return;
    this.#counts = new Map();
    const lines = [...counts.values()].map(({ line, count }) => ("outcome" in line ? { ...line, count } : line));
    try {
      await this.#options.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    } catch (error) {
      for (const [key, { line, count }] of counts) this.#count(key, () => line, count);
      runHook("usage", () => {
        throw error;
      });
    }
  }

  #record(line: Presence): void {
    const each = { line, day: "" };
    this.#recording.set(JSON.stringify(line), each);
    this.#present(each);
  }

  /** Each guard and caller writes one line a day: it distinguishes a day without requests from a day without a recording. */
  #present(each: { readonly line: Presence; day: string }): void {
    const day = this.#today();
    if (each.day === day) return;
    each.day = day;
    this.#count(`${day} ${JSON.stringify(each.line)}`, () => ({ ...each.line, day }));
  }

  #count(key: string, line: () => Counted, by = 1): void {
    const before = this.#counts.get(key);
    if (before) before.count += by;
    else this.#counts.set(key, { line: line(), count: by });
  }

  #today(): string {
    const day = Math.floor(this.#clock() / oneDayMs);
    if (day !== this.#day) {
      this.#day = day;
      this.#dayText = new Date(day * oneDayMs).toISOString().slice(0, 10);
    }
    return this.#dayText;
  }
}
