import type { Application, AppRole, AppRoleAssignment, ServicePrincipal } from "./directoryObjects";
import type { History, Past, Step } from "./history";
import type { Tenant } from "./tenant";

/** The logs of a {@link History}. */
export type LogName =
  | "applications"
  | "servicePrincipals"
  | "appRoleAssignments"
  | "credentials"
  | "federatedCredentials"
  | "principalRoles";

/** The lag of the answering replica for each kind of write, in seconds. */
export type Lag = (log: LogName, step: Step) => number;

/** The outdated state that a lagging replica showed. */
export type Staleness = "notReplicated" | "staleRead";

/** The objects of a tenant as one of its replicas shows them. Writes go to the tenant itself. */
export class Directory {
  constructor(
    private readonly tenant: Tenant,
    private readonly lag: Lag,
    private readonly onStale: (what: Staleness) => void = () => {},
  ) {}

  application(id: string): Application | undefined {
    const current = this.tenant.applications.get(id);
    const shown = this.shown("applications", this.history.applications, id, current);
    if (!shown) return undefined;
    const latest = current ?? shown;
    const credentials = this.shown("credentials", this.history.credentials, id, latest) ?? latest;
    const federated =
      this.shown("federatedCredentials", this.history.federatedCredentials, id, latest.federatedIdentityCredentials) ??
      [];
    const isPresent =
      shown === current && credentials === current && federated === current.federatedIdentityCredentials;
    if (isPresent) return current;
    const { passwordCredentials, keyCredentials } = credentials;
    return { ...shown, passwordCredentials, keyCredentials, federatedIdentityCredentials: federated };
  }

  applications(): Application[] {
    return this.all(this.tenant.applications, this.history.applications, (id) => this.application(id));
  }

  applicationOf(appId: string): Application | undefined {
    const current = this.tenant.applicationOf(appId);
    if (current) return this.application(current.id);
    return this.gone(this.tenant.applications, this.history.applications, (id) => this.application(id)).find(
      (each) => each.appId === appId.toLowerCase(),
    );
  }

  servicePrincipal(id: string): ServicePrincipal | undefined {
    const current = this.tenant.servicePrincipals.get(id);
    const shown = this.shown("servicePrincipals", this.history.servicePrincipals, id, current);
    if (!shown) return undefined;
    const { passwordCredentials } = current ?? shown;
    const latest = { passwordCredentials, keyCredentials: [] };
    const credentials = this.shown("credentials", this.history.credentials, id, latest) ?? latest;
    return credentials === latest && shown === current
      ? current
      : { ...shown, passwordCredentials: credentials.passwordCredentials };
  }

  servicePrincipals(): ServicePrincipal[] {
    return this.all(this.tenant.servicePrincipals, this.history.servicePrincipals, (id) => this.servicePrincipal(id));
  }

  servicePrincipalOf(appId: string): ServicePrincipal | undefined {
    const current = this.tenant.servicePrincipalOf(appId);
    if (current) return this.servicePrincipal(current.id);
    const { servicePrincipals } = this.history;
    return this.gone(this.tenant.servicePrincipals, servicePrincipals, (id) => this.servicePrincipal(id)).find(
      (each) => each.appId === appId.toLowerCase(),
    );
  }

  /** A change of the application's roles reaches its service principal with a separate delay. */
  appRolesOf(principal: ServicePrincipal): readonly AppRole[] {
    const application = this.tenant.applicationOf(principal.appId);
    const current = this.tenant.appRolesOf(principal);
    if (!application) return current;
    return this.shown("principalRoles", this.history.principalRoles, application.id, current) ?? [];
  }

  assignment(id: string): AppRoleAssignment | undefined {
    return this.shown("appRoleAssignments", this.history.appRoleAssignments, id, this.tenant.assignment(id));
  }

  /** The role assignments of a principal. */
  assignmentsOf(principalId: string): AppRoleAssignment[] {
    return this.assignments(this.tenant.assignmentsOf(principalId), (each) => each.principalId === principalId);
  }

  /** The role assignments for an API. */
  assignedTo(resourceId: string): AppRoleAssignment[] {
    return this.assignments(this.tenant.assignedTo(resourceId), (each) => each.resourceId === resourceId);
  }

  private get history(): History {
    return this.tenant.history;
  }

  private assignments(
    current: readonly AppRoleAssignment[],
    isMeant: (assignment: AppRoleAssignment) => boolean,
  ): AppRoleAssignment[] {
    const gone = [...this.history.appRoleAssignments.ids].filter((id) => !this.tenant.assignment(id));
    return [...current.map(({ id }) => id), ...gone].flatMap((id) => this.assignment(id) ?? []).filter(isMeant);
  }

  private all<T>(current: ReadonlyMap<string, T>, past: Past<T>, read: (id: string) => T | undefined): T[] {
    if (this.history.isEmpty) return [...current.values()];
    const present = [...current.keys()].flatMap((id) => read(id) ?? []);
    return [...present, ...this.gone(current, past, read)];
  }

  private gone<T>(current: ReadonlyMap<string, T>, past: Past<T>, read: (id: string) => T | undefined): T[] {
    return [...past.ids].filter((id) => !current.has(id)).flatMap((id) => read(id) ?? []);
  }

  private shown<T>(log: LogName, past: Past<T>, id: string, current: T | undefined): T | undefined {
    const shown = past.seen(id, current, (step) => this.lag(log, step));
    if (shown !== current) this.onStale(shown === undefined ? "notReplicated" : "staleRead");
    return shown;
  }
}
