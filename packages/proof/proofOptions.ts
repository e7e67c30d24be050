import type { CloudName } from "@microservice-identities/well-known/clouds";
import type { Directory } from "./directory";
import type { Sample } from "./sample";

export interface ProofOptions {
  /** The file of a `ProvedApiModule`, which starts the guarded APIs of the services. */
  readonly apiModule: string;
  readonly directory: Directory;
  readonly tenantId: string;
  /** The cloud of the tenant. Default: the authority's; without one, `public`. */
  readonly cloud?: CloudName;
  /** The authority that issues the tokens, for example `https://localhost:{port}`. */
  readonly authority: string;
  /** The TLS certificate of the APIs that the proof starts, one for each service. */
  readonly certificate: { readonly key: string; readonly cert: string };
  /** For services in Kubernetes: the token of the service account that each runs as, by service. Default: none. */
  readonly serviceTokens?: Readonly<Record<string, string>>;
  readonly onProgress?: (done: number, total: number) => void;
  /** How many refusals to try. Default: all. */
  readonly refusals?: Sample;
  /**
   * How long to retry what is not as declared, in seconds, because Entra's writes take a while to reach all of its servers.
   * Default 0.
   */
  readonly patience?: number;
  /**
   * Whether to check first that the identities return tokens here and that the vaults can be reached. If not, it throws a
   * `ProofObstructed`. Default false.
   */
  readonly looksFirst?: boolean;
  /** The maximum number of attempts per second. Default: no limit. */
  readonly perSecond?: number;
}
