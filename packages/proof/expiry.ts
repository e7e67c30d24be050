import { daysBetween, isoDay } from "@microservice-identities/validation/days";
import type { Directory } from "./directory";

/** When one service's credential ends, and when the next one comes. */
export interface CredentialExpiry {
  readonly service: string;
  readonly kind: "secret" | "certificate" | "federated";
  /** RFC 3339; `null` for what does not expire. */
  readonly expires: string | null;
  /** Whole days until it expires, negative once it has; `null` for what does not expire. */
  readonly daysLeft: number | null;
  /** Whether it has expired when the day begins: a secret that ends at midnight is not valid on the day that begins then. */
  readonly hasExpired: boolean;
  /** The day of the next rotation by a deployment; `null` for what people renew, or what needs no renewal. */
  readonly nextRotation: string | null;
  /** How many days ago that was, if no deployment came; else 0. */
  readonly daysLate: number;
}

/** Every service's credential on that day, the first to expire first. */
export function expiriesOf(directory: Directory, today: Date): CredentialExpiry[] {
  const day = isoDay(today);
  const rows = Object.entries(directory).map(([service, { credential }]): CredentialExpiry => {
    if (credential.kind === "federated") return { ...neverExpires, service, kind: credential.kind };
    const { kind, expires } = credential;
    const nextRotation = credential.kind === "secret" ? credential.nextRotation : null;
    return {
      service,
      kind,
      expires,
      daysLeft: Math.floor(daysBetween(day, expires)),
      hasExpired: daysBetween(day, expires) <= 0,
      nextRotation,
      daysLate: nextRotation === null ? 0 : Math.max(0, daysBetween(nextRotation, day)),
    };
  });
  const end = ({ daysLeft }: CredentialExpiry) => daysLeft ?? Number.POSITIVE_INFINITY;
  return rows.sort((one, other) => end(one) - end(other) || one.service.localeCompare(other.service));
}

const neverExpires = { expires: null, daysLeft: null, hasExpired: false, nextRotation: null, daysLate: 0 } as const;

/**
 * What a pipeline should stop for: a credential that has expired, one that expires soon with no rotation due before, and a
 * rotation that is overdue.
 *
 * @param within days: a credential that ends sooner is a problem, unless its rotation is still to come
 * @param late days: a rotation that is overdue by more is one, because the time in which nobody notices runs out
 */
export function expiryProblems(rows: readonly CredentialExpiry[], within: number, late: number): string[] {
  return rows.flatMap(({ service, kind, expires, daysLeft, hasExpired, nextRotation, daysLate }) => {
    const day = expires && isoDay(expires);
    // A short rotation is always about to end: what matters is that the next one comes before.
    const isRenewed =
      nextRotation !== null && daysLate === 0 && expires !== null && daysBetween(nextRotation, expires) > 0;
    return [
      ...(hasExpired ? [`${service}: its ${kind} expired on ${day}`] : []),
      ...(!hasExpired && daysLeft !== null && daysLeft < within && !isRenewed
        ? [
            `${service}: its ${kind} expires on ${day}, ${daysLeft === 0 ? "today" : `in ${daysLeft} day${daysLeft === 1 ? "" : "s"}`}`,
          ]
        : []),
      ...(daysLate > late
        ? [`${service}: its rotation was due on ${nextRotation}, ${daysLate} days ago; run \`npm run up\``]
        : []),
    ];
  });
}
