import type { FastifyRequest } from "fastify";
import type { Vault } from "./vault";
import type { SecretOperation } from "./vaultAccess";

/** The context of the data plane's routes. */
export interface DataPlaneContext {
  /** Milliseconds. */
  readonly clock: () => number;
  readonly operationSeconds: () => number;
  /** The vault that received the request. @throws KeyVaultError unless the caller is permitted the operation */
  readonly permitted: (request: FastifyRequest, operation: SecretOperation) => Vault;
}
