import { createHash, randomBytes, randomUUID } from "node:crypto";
import { type Clock, isoSeconds, type PasswordCredential } from "./directoryObjects";

/** The properties of a client secret in a request. */
export interface SecretRequest {
  readonly displayName?: string | null | undefined;
  readonly startDateTime?: string | undefined;
  readonly endDateTime?: string | undefined;
}

/** Client secrets, stored only as digests. */
export class ClientSecrets {
  private readonly digests = new WeakMap<PasswordCredential, string>();

  constructor(private readonly clock: Clock) {}

  /** The digest by which each secret is checked. */
  digestsOf(credentials: readonly PasswordCredential[]): Map<PasswordCredential, string> {
    const pairs = credentials.map((credential): [PasswordCredential, string] => [
      credential,
      this.digests.get(credential) ?? "",
    ]);
    return new Map(pairs);
  }

  /** Restores the digests that {@link digestsOf} returned. */
  keep(digests: ReadonlyMap<PasswordCredential, string>): void {
    for (const [credential, digest] of digests) this.digests.set(credential, digest);
  }

  /** Creates a client secret. Only this result contains its value. */
  create({ displayName = null, startDateTime, endDateTime }: SecretRequest): {
    credential: PasswordCredential;
    secretText: string;
  } {
    const start = startDateTime ?? isoSeconds(new Date(this.clock()));
    // Entra's own default: two years.
    const end = endDateTime ?? isoSeconds(addYears(new Date(start), 2));
    const secretText = `${randomBytes(2).toString("hex").slice(0, 3)}8Q~${randomBytes(25).toString("base64url")}`;
    const credential: PasswordCredential = {
      keyId: randomUUID(),
      displayName,
      startDateTime: start,
      endDateTime: end,
      hint: secretText.slice(0, 3),
      customKeyIdentifier: null,
      secretText: null,
    };
    this.digests.set(credential, digest(secretText));
    return { credential, secretText };
  }

  /** Whether a value is one of the secrets, and whether it is valid now. */
  check(credentials: readonly PasswordCredential[], value: string): "valid" | "expired" | "wrong" {
    const given = digest(value);
    const matching = credentials.filter((each) => this.digests.get(each) === given);
    if (matching.length === 0) return "wrong";
    const now = this.clock();
    const isInTime = matching.some((c) => Date.parse(c.startDateTime) <= now && now < Date.parse(c.endDateTime));
    return isInTime ? "valid" : "expired";
  }
}

const digest = (value: string): string => createHash("sha256").update(value).digest("base64");

function addYears(date: Date, years: number): Date {
  const later = new Date(date);
  later.setUTCFullYear(later.getUTCFullYear() + years);
  return later;
}
