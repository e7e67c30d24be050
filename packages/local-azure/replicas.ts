import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { Directory, type Lag, type Staleness } from "./directory";
import type { FaultEndpoint, FaultSettings } from "./faultPlan";
import type { Tenant } from "./tenant";

/** An outdated state that a replica showed. */
export interface StaleAnswer {
  readonly endpoint: FaultEndpoint;
  readonly method: string;
  readonly path: string;
  readonly kind: Staleness;
}

interface Observer {
  /** How often a request was sent, including this time. */
  count(request: string): number;
  shown(answer: StaleAnswer): void;
}

/** The replicas of a directory. The fault plan determines how far each lags behind. */
export class Replicas {
  constructor(
    private readonly tenant: Tenant,
    private readonly settings: () => FaultSettings,
    private readonly observer: Observer,
  ) {}

  /** The tenant as the replica that answers a request to Graph shows it. */
  forGraph(request: FastifyRequest): Directory {
    const { replication, staleReadSeconds } = this.settings();
    const added = {
      applications: replication.applicationSeconds,
      servicePrincipals: replication.servicePrincipalSeconds,
      appRoleAssignments: replication.appRoleAssignmentSeconds,
      credentials: replication.credentialSeconds,
      federatedCredentials: replication.federatedCredentialSeconds,
      principalRoles: replication.roleOnPrincipalSeconds,
    };
    return this.directory("graph", request, (log, step) => {
      if (log === "principalRoles" || step === "added") return added[log];
      return step === "removed" ? replication.removedSeconds : staleReadSeconds;
    });
  }

  /** The tenant as the replica that answers a request for a token shows it. */
  forToken(request: FastifyRequest, endpoint: FaultEndpoint = "entra"): Directory {
    const { tokenReplication } = this.settings();
    const known = {
      applications: tokenReplication.clientSeconds,
      servicePrincipals: tokenReplication.clientSeconds,
      appRoleAssignments: tokenReplication.grantSeconds,
      credentials: tokenReplication.credentialSeconds,
      federatedCredentials: tokenReplication.federatedCredentialSeconds,
      principalRoles: 0,
    };
    return this.directory(endpoint, request, (log, step) => {
      if (step === "removed") return tokenReplication.revocationSeconds;
      return step === "added" || log === "federatedCredentials" ? known[log] : 0;
    });
  }

  /** The rows of a list, in the order that the seed determines. */
  ordered<T extends { readonly id: string }>(rows: readonly T[]): readonly T[] {
    if (!this.settings().shuffledLists) return rows;
    const place = (row: T) => fraction(`${this.settings().seed} ${row.id}`);
    return rows.toSorted((a, b) => place(a) - place(b));
  }

  private directory(endpoint: FaultEndpoint, request: FastifyRequest, whole: Lag): Directory {
    const { seed, replicas } = this.settings();
    const path = request.url.split("?")[0] ?? "";
    const name = `replica ${request.method} ${withoutIds(path)}`;
    const replica = 1 + Math.floor(fraction(`${seed} ${name} ${this.observer.count(name)}`) * replicas);
    const seen = new Set<Staleness>();
    return new Directory(
      this.tenant,
      (log, step) => (whole(log, step) * replica) / replicas,
      (kind) => {
        if (seen.has(kind)) return;
        seen.add(kind);
        this.observer.shown({ endpoint, method: request.method, path, kind });
      },
    );
  }
}

/** A number from 0 to 1, always the same for the same text. */
export const fraction = (text: string): number => createHash("sha256").update(text).digest().readUInt32BE(0) / 2 ** 32;

/** Replaces ids in a path, because they differ in each run. */
export const withoutIds = (path: string): string => path.replace(guid, "{id}");

const guid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
