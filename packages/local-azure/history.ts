import type {
  Application,
  AppRole,
  AppRoleAssignment,
  Clock,
  FederatedIdentityCredential,
  ServicePrincipal,
} from "./directoryObjects";

/** The kind of a write. */
export type Step = "added" | "changed" | "removed";

interface PastState<T> {
  /** The time of the write that replaced this state, in milliseconds. */
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
    /** How long earlier states are kept: 0 for not at all; undefined while nothing is recorded. */
    private readonly keepSeconds: () => number | undefined,
  ) {}

  /** Must be called before the write. */
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

  /** The ids of all recently written objects, including deleted ones. */
  get ids(): Iterable<string> {
    return this.states.keys();
  }

  /** The state that a lagging replica shows. It applies the writes in order, each after its lag. */
  seen(id: string, current: T | undefined, lagSeconds: (step: Step) => number): T | undefined {
    const now = this.clock();
    const behind = this.states.get(id)?.find(({ until, step }) => now < until + lagSeconds(step) * 1000);
    return behind ? behind.state : current;
  }
}

export type Credentials = Pick<Application, "passwordCredentials" | "keyCredentials">;

/**
 * The states of a tenant before its last writes, as long as a replica may still show them. Without lagging replicas, nothing is
 * kept. Each kind has a separate log, so that a slow credential does not delay the change of a name.
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

  /** Whether every replica shows the current state. */
  get isEmpty(): boolean {
    const { applications, servicePrincipals, appRoleAssignments, credentials, federatedCredentials } = this;
    const pasts = [applications, servicePrincipals, appRoleAssignments, credentials, federatedCredentials];
    return pasts.every((past) => past.isEmpty) && this.principalRoles.isEmpty;
  }

  /** Makes writes that every replica shows at once. */
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
