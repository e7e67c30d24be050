import { randomUUID } from "node:crypto";
import type { ServicePrincipal } from "./directoryObjects";

/** A request for a token that came from a known client, as the sign-in log records it. */
export interface SignIn {
  readonly id: string;
  /** RFC 3339. */
  readonly createdDateTime: string;
  readonly client: ServicePrincipal;
  /** Undefined if the request named no API of the tenant. */
  readonly resource: ServicePrincipal | undefined;
  /** The `uti` of the token; undefined without a token. */
  readonly tokenIdentifier: string | undefined;
  /** The number after `AADSTS`; 0 if a token was issued. */
  readonly errorCode: number;
  readonly failureReason: string | null;
}

const maxEntries = 10_000;

/** The last sign-ins of applications and managed identities, newest first. */
export class SignInLog {
  private readonly entries: SignIn[] = [];

  add(entry: Omit<SignIn, "id">): void {
    this.entries.push({ id: randomUUID(), ...entry });
    if (this.entries.length > maxEntries) this.entries.shift();
  }

  all(): readonly SignIn[] {
    return this.entries.toReversed();
  }
}
