/** What exists in the tenant or the subscription and gives access, and no deployment of the audited stacks made. */
export const extraKinds = [
  "grant",
  "owner",
  "secret",
  "certificate",
  "federated credential",
  "delegated grant",
  "directory role",
  "open API",
  "vault reader",
  "vault network",
  "Azure role",
] as const;
export type ExtraKind = (typeof extraKinds)[number];

export interface Extra {
  readonly kind: ExtraKind;
  /** Whose it is: the display name of a registration, or the name of a vault or identity. */
  readonly of: string;
  /** Completes the sentence "… of {of}": who can do what by it. */
  readonly allows: string;
  /** When it was made, if Azure says so, as an ISO date. */
  readonly since?: string;
  /** The command that takes it into the stack, if Pulumi has a resource for it. */
  readonly takeOver?: string;
  /** The command that removes it. */
  readonly remove: string;
}

/** A part of the audit that was impossible, so that nobody knows what is there. */
export interface Unseen {
  readonly what: string;
  /** The permission or the reason that was missing. */
  readonly why: string;
}

/** How much was looked at. */
export interface Audited {
  readonly registrations: number;
  readonly principals: number;
  readonly vaults: number;
}

export interface Audit {
  readonly looked: Audited;
  readonly extras: readonly Extra[];
  readonly unseen: readonly Unseen[];
}
