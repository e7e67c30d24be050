import type { FastifyRequest } from "fastify";
import type { Vault } from "./vault";
import type { SecretOperation } from "./vaultAccess";

/** What the routes of the data plane need. */
export interface DataPlaneContext {
  /** Milliseconds. */
  readonly clock: () => number;
  readonly operationSeconds: () => number;
  /** @throws KeyVaultError unless the caller may do it in the vault that the request came in at */
  readonly permitted: (request: FastifyRequest, operation: SecretOperation) => Vault;
}
