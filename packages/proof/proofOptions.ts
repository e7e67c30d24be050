import type { Directory } from "./directory";
import type { Sample } from "./sample";

export interface ProofOptions {
  /** The file of a `ProvedApiModule`: what the services' APIs are guarded with. */
  readonly apiModule: string;
  readonly directory: Directory;
  readonly tenantId: string;
  /** `https://localhost:{port}`, where tokens come from. */
  readonly authority: string;
  /** The certificate of the APIs that the proof stands up, one for each service. */
  readonly certificate: { readonly key: string; readonly cert: string };
  /** For services in Kubernetes: the token of the service account that each runs as, by service. Default: none. */
  readonly serviceTokens?: Readonly<Record<string, string>>;
  readonly onProgress?: (done: number, total: number) => void;
  /** How many of the calls and readings that have to be refused are tried. Default: all. */
  readonly refusals?: Sample;
  /**
   * For how long what is not as declared is tried again, in seconds: Entra's writes take a while to reach all of its servers.
   * Default 0: what was deployed is there.
   */
  readonly patience?: number;
  /**
   * Looks first whether the identities give tokens and the vaults can be reached from where the proof runs, which ends with a
   * `ProofObstructed` where they cannot. Default false.
   */
  readonly looksFirst?: boolean;
  /** How many calls and readings are begun in a second, at most. Default: no limit. */
  readonly perSecond?: number;
}
