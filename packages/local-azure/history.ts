import type {
  Application,
  AppRole,
  AppRoleAssignment,
  Clock,
  FederatedIdentityCredential,
  ServicePrincipal,
} from "./directoryObjects";

/** What a write did to what it changed. */
export type Step = "added" | "changed" | "removed";

interface PastState<T> {
  /** Milliseconds: when the write was made that ended this state. */
  readonly until: number;
  readonly step: Step;
  /** Undefined before it was created. */
  readonly state: T | undefined;
}

/** The states of one kind of object before each of their last writes, by id. */
export class Past<T> {
  private readonly states = new Map<string, PastState<T>[]>();

  constructor(
    private readonly clock: Clock,
    /** 0 to keep nothing, undefined while nothing is recorded. */
    private readonly keepSeconds: () => number | undefined,
  ) {}

  /** To be called before the write. */
  record(id: string, step: Step, before: T | undefined): void {
    const keep = this.keepSeconds();
    if (keep === undefined) return;
    if (keep === 0) {
      this.states.clear();
      return;
    }
    const now = this.clock();
    for (const [known, states] of this.states) {
      const kept = states.filter(({ until }) => now < until + keep * 1000);
      if (kept.length > 0) this.states.set(known, kept);
      else this.states.delete(known);
    }
    this.states.set(id, [...(this.states.get(id) ?? []), { until: now, step, state: before }]);
  }

  get isEmpty(): boolean {
    return this.states.size === 0;
  }

  /** Of everything that was written lately, what is deleted by now included. */
  get ids(): Iterable<string> {
    return this.states.keys();
  }

  /** What a replica shows that takes over each write, in their order, so long after it was made. */
  seen(id: string, current: T | undefined, lagSeconds: (step: Step) => number): T | undefined {
    const now = this.clock();
    const behind = this.states.get(id)?.find(({ until, step }) => now < until + lagSeconds(step) * 1000);
    return behind ? behind.state : current;
  }
}

export type Credentials = Pick<Application, "passwordCredentials" | "keyCredentials">;

/**
 * What a tenant was before its last writes, for as long as one of its replicas may still show it. Nothing is kept while no
 * replica is behind. Each kind has a log of its own: a slow credential does not hold back the change of a name.
 */
export class History {
  readonly applications: Past<Application>;
  readonly servicePrincipals: Past<ServicePrincipal>;
  readonly appRoleAssignments: Past<AppRoleAssignment>;
  /** By the object id of their application. */
  readonly credentials: Past<Credentials>;
  /** By the object id of their application. */
  readonly federatedCredentials: Past<readonly FederatedIdentityCredential[]>;
  /** The roles that a service principal has from its application, by the application's object id. */
  readonly principalRoles: Past<readonly AppRole[]>;

  private isQuiet = false;

  /** @param longestLag of a replica, in seconds */
  constructor(clock: Clock, longestLag: () => number) {
    const keepSeconds = () => (this.isQuiet ? undefined : longestLag());
    this.applications = new Past(clock, keepSeconds);
    this.servicePrincipals = new Past(clock, keepSeconds);
    this.appRoleAssignments = new Past(clock, keepSeconds);
    this.credentials = new Past(clock, keepSeconds);
    this.federatedCredentials = new Past(clock, keepSeconds);
    this.principalRoles = new Past(clock, keepSeconds);
  }

  /** Then every replica shows the present state. */
  get isEmpty(): boolean {
    const { applications, servicePrincipals, appRoleAssignments, credentials, federatedCredentials } = this;
    const pasts = [applications, servicePrincipals, appRoleAssignments, credentials, federatedCredentials];
    return pasts.every((past) => past.isEmpty) && this.principalRoles.isEmpty;
  }

  /** Writes that every replica has at once. */
  quietly<R>(write: () => R): R {
    const before = this.isQuiet;
    this.isQuiet = true;
    try {
      return write();
    } finally {
      this.isQuiet = before;
    }
  }
}
