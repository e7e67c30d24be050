import type { AttackGraph } from "@microservice-identities/review/paths/attackGraph";
import { isTarget, type PathNode } from "@microservice-identities/review/paths/node";
import { shown } from "@microservice-identities/validation/shown";
import { didYouMean } from "@microservice-identities/validation/similarName";
import { CommandError } from "../command";

/** What `--to` accepts for every role of tier 0. */
const tierZero = "tier-0";

/**
 * The roles that `--to` names: `orders-prod/Orders.Read`, every role of `orders-prod`, a directory role, or `tier-0`. Names are
 * compared case-insensitively.
 *
 * @throws CommandError if there is none
 */
export function targetsNamed(graph: AttackGraph, given: string): PathNode[] {
  const all = [...graph.nodes.values()].filter(isTarget);
  const wanted = plain(given);
  const found = all.filter(
    (node) => namesOf(node).some((name) => plain(name) === wanted) || (wanted === tierZero && node.tierZero),
  );
  if (found.length > 0) return found.sort((one, other) => (one.name < other.name ? -1 : 1));
  if (wanted === tierZero) throw new CommandError("--to tier-0: nothing in the stack leads to tier 0");
  const names = [...new Set([...all.flatMap(namesOf), tierZero])];
  throw new CommandError(
    `--to is ${shown(given)}; allowed: <API>/<role>, an API, a directory role, or tier-0, as the command without --to lists them.${didYouMean(given, names)}`,
  );
}

/** The spellings that `--to` accepts: the role as the reports show it, with a slash, or its API. */
const namesOf = ({ name, kind }: PathNode): string[] => {
  const at = name.lastIndexOf(" ");
  return kind === "API role" ? [`${name.slice(0, at)}/${name.slice(at + 1)}`, name, name.slice(0, at)] : [name];
};

const plain = (name: string): string => name.trim().toLowerCase();
