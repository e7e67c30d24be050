import type { UsageLine } from "@microservice-identities/review/usage/usageLine";
import { daysBetween } from "@microservice-identities/validation/days";
import { guid } from "@microservice-identities/validation/formats";
import { apiNamed } from "./apiNamed";

/** A request for a token in Entra's log of sign-ins. */
export interface SignInCount {
  /** In UTC, for example `2026-11-25`. */
  readonly day: string;
  /** The client id of the caller. */
  readonly caller: string;
  /** The client id of the API; empty if the request named no API of the tenant. */
  readonly api: string;
  /** The number after AADSTS; 0 if Entra issued a token. */
  readonly code: number;
  readonly count: number;
}

/** How often, and the last day. */
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

/** The contents of usage files and sign-in logs for one period. Ids are compared case-insensitively. */
export class Evidence {
  private readonly guardDays = new Map<string, Set<string>>();
  private readonly callerDays = new Map<string, Set<string>>();
  private readonly logDays = new Set<string>();
  private readonly admitted = new Map<string, Counted>();
  private readonly tokens = new Map<string, Counted>();
  private readonly refusals = new Map<string, Refused>();
  private laterCount = 0;
  private last: string | undefined;

  /**
   * @param from the first day of the period
   * @param until its last day
   */
  constructor(
    readonly from: string,
    readonly until: string,
  ) {}

  /** Entries of earlier days are ignored, and those of later days are counted. */
  add(given: UsageLine): void {
    const day = this.dayInside(given.day);
    if (day === undefined) return;
    const line = { ...given, day };
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
  addSignIn({ day: given, caller, api, code, count }: SignInCount): void {
    const day = this.dayInside(given);
    if (day === undefined) return;
    this.logDays.add(day);
    if (caller === "") return;
    if (code === 0) add(this.tokens, [caller, api, "log"], day, count);
    else this.refuse({ caller, api, role: "", code: `AADSTS${code}`, count, last: day });
  }

  /** The number of days, starting with a given one, on which a guard of the API recorded. */
  daysOfGuard(api: string, from = this.from): number {
    return countFrom(this.guardDays.get(key(api)), from);
  }

  /** The number of days, starting with a given one, on which the caller or the log recorded the caller's requests for tokens. */
  daysOfTokens(caller: string, from = this.from): number {
    return countFrom(new Set([...this.logDays, ...(this.callerDays.get(key(caller)) ?? [])]), from);
  }

  uses(caller: string, api: string, role: string, access: "read" | "write" | "unknown"): Counted {
    return this.admitted.get(key(caller, api, role, access)) ?? { count: 0 };
  }

  /** The number of days, starting with a given one, on which only the log of sign-ins shows the caller's requests for tokens. */
  daysOfLog(from = this.from): number {
    return countFrom(this.logDays, from);
  }

  /**
   * Whether the caller got a token for an API without a known client id: the caller recorded another name, so it is not known for which
   * API the token is. The log of sign-ins always contains the id.
   */
  hasUnresolvedTokens(caller: string): boolean {
    return [...this.tokens.keys()].some((each) => {
      const [by, api = "", source] = each.split("\n");
      return by === caller.toLowerCase() && source === "caller" && !isGuid(api);
    });
  }

  /** Everything that was used: for requests, each role by API and caller; for tokens, each API by caller, with an empty role. */
  get used(): readonly Used[] {
    const requests = [...this.admitted].map(([at, counted]) => usedIn(at, counted));
    const pairs = new Set([...this.tokens.keys()].map((at) => at.split("\n").slice(0, 2).join("\n")));
    const tokens = [...pairs].map((at) => {
      const [caller = "", api = ""] = at.split("\n");
      return usedIn(at, this.tokensFor(caller, api));
    });
    return [...requests, ...tokens];
  }

  /** The number of entries from days after the period, which are ignored. */
  get later(): number {
    return this.laterCount;
  }

  /** Tokens that a caller got for an API. The caller and the log count the same tokens, so the higher count is right. */
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

  /** The last day of the period with a recording; `undefined` if there is none. */
  get lastDay(): string | undefined {
    return this.last;
  }

  /** A clock that is ahead, or another day of a run, makes a use of today one of tomorrow: it counts as one of the last day. */
  private dayInside(given: string): string | undefined {
    if (given < this.from) return undefined;
    const ahead = daysBetween(this.until, given);
    if (ahead > 1) {
      this.laterCount++;
      return undefined;
    }
    const day = ahead > 0 ? this.until : given;
    this.last = latest(this.last, day);
    return day;
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

/** How often something was used, and when last. */
export interface Used extends Required<Counted> {
  readonly caller: string;
  readonly api: string;
  /** Empty for tokens. */
  readonly role: string;
}

function usedIn(at: string, { count, last = "" }: Counted): Used {
  const [caller = "", api = "", role = ""] = at.split("\n");
  return { caller, api, role, count, last };
}

const isGuid = (text: string): boolean => guid.accepts(text);

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
