import type { UsageLine } from "@microservice-identities/review/usage/usageLine";
import { clouds } from "@microservice-identities/well-known/clouds";
import { microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";

/** A request for a token in Entra's log of sign-ins. */
export interface SignInCount {
  /** In UTC, for example `2026-11-25`. */
  readonly day: string;
  /** The client id of the caller. */
  readonly caller: string;
  /** The client id of the API; empty if the request named no API of the tenant. */
  readonly api: string;
  /** The number behind AADSTS; 0 for a token. */
  readonly code: number;
  readonly count: number;
}

/** How often, and on which day last. */
export interface Counted {
  readonly count: number;
  readonly last?: string;
}

/** Requests or token requests that were refused. Unknown ids and roles are empty. */
export interface Refused extends Required<Counted> {
  readonly caller: string;
  readonly api: string;
  readonly role: string;
  readonly code: string;
}

/** What usage files and logs of sign-ins say about a period. Ids count in any spelling. */
export class Evidence {
  private readonly guardDays = new Map<string, Set<string>>();
  private readonly callerDays = new Map<string, Set<string>>();
  private readonly logDays = new Set<string>();
  private readonly admitted = new Map<string, Counted>();
  private readonly tokens = new Map<string, Counted>();
  private readonly refusals = new Map<string, Refused>();
  private last: string | undefined;

  /**
   * @param from the first day of the period
   * @param until its last day
   */
  constructor(
    readonly from: string,
    readonly until: string,
  ) {}

  /** Entries of other days are ignored. */
  add(line: UsageLine): void {
    if (!this.notes(line.day)) return;
    switch (line.kind) {
      case "guard":
        addTo(this.guardDays, line.api, line.day);
        break;
      case "caller":
        addTo(this.callerDays, line.caller, line.day);
        break;
      case "request": {
        const { day, api, caller = "", role = "", outcome, access = "unknown", count } = line;
        // The line proves that a guard recorded, even if the file with the guard's own line is missing.
        addTo(this.guardDays, api, day);
        if (outcome === "admitted") add(this.admitted, [caller, api, role, access], day, count);
        else this.refuse({ caller, api, role, code: outcome, count, last: day });
        break;
      }
      case "token": {
        const { day, caller, outcome, count } = line;
        const api = apiNamed(line.api);
        addTo(this.callerDays, caller, day);
        if (outcome === "issued") add(this.tokens, [caller, api, "caller"], day, count);
        else this.refuse({ caller, api, role: "", code: outcome, count, last: day });
      }
    }
  }

  /** A sign-in without a caller only shows that the log covers its day. */
  addSignIn({ day, caller, api, code, count }: SignInCount): void {
    if (!this.notes(day)) return;
    this.logDays.add(day);
    if (caller === "") return;
    if (code === 0) add(this.tokens, [caller, api, "log"], day, count);
    else this.refuse({ caller, api, role: "", code: `AADSTS${code}`, count, last: day });
  }

  /** On how many days, from a day on, a guard of the API recorded. */
  daysOfGuard(api: string, from = this.from): number {
    return countFrom(this.guardDays.get(key(api)), from);
  }

  /** On how many days, from a day on, the caller's requests for tokens were recorded, by itself or in the log. */
  daysOfTokens(caller: string, from = this.from): number {
    return countFrom(new Set([...this.logDays, ...(this.callerDays.get(key(caller)) ?? [])]), from);
  }

  uses(caller: string, api: string, role: string, access: "read" | "write" | "unknown"): Counted {
    return this.admitted.get(key(caller, api, role, access)) ?? { count: 0 };
  }

  /** Tokens that a caller got for an API. The caller and the log count the same tokens, so that the higher count is right. */
  tokensFor(caller: string, api: string): Counted {
    const [own, log] = (["caller", "log"] as const).map(
      (by) => this.tokens.get(key(caller, api, by)) ?? { count: 0 },
    ) as [Counted, Counted];
    const last = latest(own.last, log.last);
    return { count: Math.max(own.count, log.count), ...(last === undefined ? {} : { last }) };
  }

  get refused(): readonly Refused[] {
    return [...this.refusals.values()];
  }

  /** The last day of the period on which anything was recorded; `undefined` for none. */
  get lastDay(): string | undefined {
    return this.last;
  }

  private notes(day: string): boolean {
    const isInside = day >= this.from && day <= this.until;
    if (isInside) this.last = latest(this.last, day);
    return isInside;
  }

  private refuse(refused: Refused): void {
    const at = key(refused.caller, refused.api, refused.role, refused.code);
    const before = this.refusals.get(at);
    this.refusals.set(at, {
      ...refused,
      count: refused.count + (before?.count ?? 0),
      last: latest(refused.last, before?.last) ?? refused.last,
    });
  }
}

const key = (...parts: readonly string[]): string =>
  parts.map((part, index) => (index < 2 ? part.toLowerCase() : part)).join("\n");

function addTo(days: Map<string, Set<string>>, id: string, day: string): void {
  const known = days.get(key(id)) ?? new Set();
  days.set(key(id), known.add(day));
}

function add(counts: Map<string, Counted>, parts: readonly string[], day: string, count: number): void {
  const before = counts.get(key(...parts));
  counts.set(key(...parts), { count: count + (before?.count ?? 0), last: latest(day, before?.last) ?? day });
}

const countFrom = (days: ReadonlySet<string> | undefined, from: string): number =>
  [...(days ?? [])].filter((day) => day >= from).length;

/** The later of two days. */
export const latest = (one: string | undefined, other: string | undefined): string | undefined =>
  one === undefined ? other : other === undefined || one >= other ? one : other;

/** The client id behind what a scope names: `api://{client id}`, or the address of Microsoft Graph in any cloud. */
export function apiNamed(scope: string): string {
  if (Object.values(clouds).some(({ graph }) => graph === scope)) return microsoftGraph;
  // `api://{tenant id}/{client id}` has two.
  return scope.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi)?.at(-1) ?? scope;
}
