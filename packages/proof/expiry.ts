import { counted } from "@microservice-identities/validation/counted";
import { daysBetween, isoDay } from "@microservice-identities/validation/days";
import type { Directory } from "./directory";

/** When a service's credential expires, and when it rotates. */
export interface CredentialExpiry {
  readonly service: string;
  readonly kind: "secret" | "certificate" | "federated";
  /** RFC 3339; `null` if it does not expire. */
  readonly expires: string | null;
  /** Whole days until it expires, negative after it; `null` if it does not expire. */
  readonly daysLeft: number | null;
  /** Whether it has expired when the day begins: a secret that expires at midnight is not valid on the day that begins then. */
  readonly hasExpired: boolean;
  /** The day of the next rotation by a deployment; `null` if people renew it, or if it needs no renewal. */
  readonly nextRotation: string | null;
  /** How many days the rotation is overdue; 0 if it is not. */
  readonly daysLate: number;
}

/** The credential of each service on that day, the next to expire first. */
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
 * The problems for which a pipeline should stop: a credential that has expired, one that expires soon with no rotation due before, and a
 * rotation that is overdue.
 *
 * @param within days: a credential that expires sooner is a problem, unless its rotation is still to come
 * @param late days: a rotation that is overdue by more is a problem, because its secret will expire
 */
export function expiryProblems(rows: readonly CredentialExpiry[], within: number, late: number): string[] {
  return rows.flatMap(({ service, kind, expires, daysLeft, hasExpired, nextRotation, daysLate }) => {
    const day = expires && isoDay(expires);
    // With a short rotation, every credential expires soon. What matters is that the next rotation is earlier.
    const isRenewed =
      nextRotation !== null && daysLate === 0 && expires !== null && daysBetween(nextRotation, expires) > 0;
    return [
      ...(hasExpired ? [`${service}: its ${kind} expired on ${day}`] : []),
      ...(!hasExpired && daysLeft !== null && daysLeft < within && !isRenewed
        ? [`${service}: its ${kind} expires on ${day}, ${daysLeft === 0 ? "today" : `in ${counted(daysLeft, "day")}`}`]
        : []),
      ...(daysLate > late
        ? [`${service}: its rotation was due on ${nextRotation}, ${counted(daysLate, "day")} ago; run \`npm run up\``]
        : []),
    ];
  });
}
