/** What was seen of one ordered pair of services. */
export interface CallObservation {
  readonly caller: string;
  readonly api: string;
  /** The roles that the landscape gives the caller, sorted; empty for a call that it does not declare. */
  readonly declared: readonly string[];
  /** The roles of the token that the caller got, sorted; or why it got none, as in `AADSTS501051`. */
  readonly got: readonly string[] | string;
  /** What is not as it has to be, for a person; empty when all is. */
  readonly differences: readonly string[];
}

/** What was seen of one service at one vault. */
export interface VaultObservation {
  readonly reader: string;
  /** The service whose vault it is. */
  readonly vault: string;
  /** What `get` answered: 200 or an HTTP status of refusal. */
  readonly status: number;
  readonly differences: readonly string[];
}

/** What Entra holds of one service's credentials. */
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

/** Everything that is not as declared; the proof holds when there is nothing. */
export const differencesOf = ({ calls, vaults, credentials }: ProofReport): string[] =>
  [...calls, ...vaults, ...credentials].flatMap(({ differences }) => differences);
