import { z } from "zod";
import type { Format } from "./formats";

/**
 * An address, or a range of addresses, from which a request can reach a vault over the internet. Key Vault refuses private
 * addresses; the other ranges are never the source of a packet on the internet, so a rule for them admits nobody.
 *
 * A range must begin with its first address, as in a routing table: `203.0.113.5/24` is refused, because it looks like one
 * address but admits 256.
 *
 * https://learn.microsoft.com/azure/key-vault/general/network-security and
 * https://www.iana.org/assignments/iana-ipv4-special-registry
 */
export const publicAddress: Format<string> = {
  accepts: (value) => {
    const range = rangeOf(value);
    return (
      range !== undefined && !notOnTheInternet.some((other) => range.first <= other.last && other.first <= range.last)
    );
  },
  allowed: "a public IPv4 address, or a range of them by its first address like 203.0.113.0/24",
};

interface Range {
  readonly first: number;
  readonly last: number;
}

/** The range that a value describes; undefined if it is neither an address nor a range that begins with its first address. */
function rangeOf(value: string): Range | undefined {
  if (!z.ipv4().or(z.cidrv4()).safeParse(value).success) return undefined;
  const [address = "", length = "32"] = value.split("/");
  const first = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  return first % size === 0 ? { first, last: first + size - 1 } : undefined;
}

/** The ranges for documentation are left out: examples and tests use them in place of real addresses. */
const notOnTheInternet: readonly Range[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/3",
].flatMap((range) => rangeOf(range) ?? []);
