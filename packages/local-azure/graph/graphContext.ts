import type { FastifyRequest } from "fastify";
import type { Principal } from "../bearer";
import type { Directory } from "../directory";
import type { Tenant } from "../tenant";

/** The context of Graph's routes. The caller is known after the request has passed the hook of `authenticatedApi`. */
export interface GraphContext {
  readonly tenant: Tenant;
  readonly base: () => string;
  readonly caller: (request: FastifyRequest) => Principal;
  /** The directory as the answering replica shows it. The same replica answers the whole request. */
  readonly directory: (request: FastifyRequest) => Directory;
  /** The rows of a list, in the order in which they are shown. */
  readonly ordered: <T extends { readonly id: string }>(rows: readonly T[]) => readonly T[];
}
