import type { FastifyRequest } from "fastify";
import type { Principal } from "../bearer";
import type { Directory } from "../directory";
import type { Tenant } from "../tenant";

/** What the routes need: who called is known once the request passed the hook below. */
export interface GraphContext {
  readonly tenant: Tenant;
  readonly base: () => string;
  readonly caller: (request: FastifyRequest) => Principal;
  /** What the replica shows that answers a request: the same one for the whole request. */
  readonly directory: (request: FastifyRequest) => Directory;
  /** The rows of a list, in the order in which they are shown. */
  readonly ordered: <T extends { readonly id: string }>(rows: readonly T[]) => readonly T[];
}
