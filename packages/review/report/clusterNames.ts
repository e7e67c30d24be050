import type { Cluster } from "./clusters";
import { visible } from "./visible";

/**
 * Gives each cluster a name that no other has.
 *
 * @param callsOf the number of calls from and to a service
 */
export function withNames(groups: readonly (readonly string[])[], callsOf: ReadonlyMap<string, number>): Cluster[] {
  const words = groups.map(commonWords);
  return groups.map((services, index) => {
    const own = words[index];
    const isUnique = own !== undefined && words.filter((each) => each === own).length === 1;
    const busiest = services.reduce((one, other) =>
      (callsOf.get(other) ?? 0) > (callsOf.get(one) ?? 0) ? other : one,
    );
    const rest = services.length === 1 ? "" : ` and ${services.length - 1} more`;
    return { name: isUnique ? `${visible(own)}: ${services.length} services` : `${visible(busiest)}${rest}`, services };
  });
}

/** The first words of nearly all names, as `payments, refunds` for `payments-api-prod` and others; nothing if more than three are needed. */
function commonWords(services: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of services) {
    const word = /^[^-_. ]+/.exec(name)?.[0] ?? name;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const common = [...counts].filter(([, count]) => count >= leastAlike).sort(([, one], [, other]) => other - one);
  const shown = common.slice(0, 3);
  const covered = shown.reduce((sum, [, count]) => sum + count, 0);
  return covered >= services.length * leastCovered ? shown.map(([word]) => word).join(", ") : undefined;
}

/** Two names with the same first word may be a coincidence. */
const leastAlike = 3;
const leastCovered = 0.75;
