/** The result for an ordered pair of services. */
export interface CallObservation {
  readonly caller: string;
  readonly api: string;
  /** The declared roles, sorted; empty for a call that is not declared. */
  readonly declared: readonly string[];
  /** The roles of the token, sorted; or why there was no token, for example `AADSTS501051`. */
  readonly got: readonly string[] | string;
  /** The differences from the declaration, for people; empty if there are none. */
  readonly differences: readonly string[];
}

/** The result for a service and a vault. */
export interface VaultObservation {
  readonly reader: string;
  /** The service whose vault it is. */
  readonly vault: string;
  /** The HTTP status of `get`: 200, or a refusal. */
  readonly status: number;
  readonly differences: readonly string[];
}

/** The credentials of a service in Entra. */
export interface CredentialObservation {
  readonly service: string;
  readonly kind: "secret" | "certificate" | "federated";
  readonly differences: readonly string[];
}

export interface ProofReport {
  readonly services: readonly string[];
  readonly calls: readonly CallObservation[];
  readonly vaults: readonly VaultObservation[];
  readonly credentials: readonly CredentialObservation[];
}

/** All differences from the declaration; empty if the landscape is as declared. */
export const differencesOf = ({ calls, vaults, credentials }: ProofReport): string[] =>
  [...calls, ...vaults, ...credentials].flatMap(({ differences }) => differences);
