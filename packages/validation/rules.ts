import { z } from "zod";

/** What a valid value looks like: the test, and the words for people. */
export interface Rule<T> {
  readonly accepts: (value: T) => boolean;
  /** Completes the sentence "allowed: …". */
  readonly allowed: string;
}

export const oneOf = <T extends string>(...values: readonly T[]): Rule<T> => ({
  accepts: (value) => values.includes(value),
  allowed: values.map((value) => JSON.stringify(value)).join(" or "),
});

export const wholeNumber = (least: number, most: number): Rule<number> => ({
  accepts: (value) => Number.isInteger(value) && value >= least && value <= most,
  allowed: `a whole number from ${least} to ${most}`,
});

export const text = (most: number): Rule<string> => ({
  accepts: (value) => typeof value === "string" && value.trim().length > 0 && value.length <= most,
  allowed: `text of 1 to ${most} characters`,
});

/** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name */
export const vaultName: Rule<string> = {
  accepts: (value) => /^(?!.*--)[a-z][a-z0-9-]{1,22}[a-z0-9]$/i.test(value),
  allowed: "3 to 24 letters, digits and single hyphens, beginning with a letter and not ending with a hyphen",
};

/** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name */
export const secretName: Rule<string> = {
  accepts: (value) => /^[0-9a-z-]{1,127}$/i.test(value),
  allowed: "1 to 127 letters, digits and hyphens",
};

/**
 * The `value` of an app role, as it appears in a token's `roles`.
 * https://learn.microsoft.com/graph/api/resources/approle
 */
export const appRoleValue: Rule<string> = {
  accepts: (value) => /^(?!\.)[\w!#$%&'()*+,\-./:;=?@[\]^`{|}~]{1,120}$/.test(value),
  allowed: "1 to 120 letters, digits and !#$%&'()*+,-./:;=?@[]^_`{|}~, without a space and not beginning with a dot",
};

/** A service's name: it becomes part of vault, identity and display names, so it keeps to what all of them allow. */
export const serviceName: Rule<string> = {
  accepts: (value) => value.length <= 40 && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value),
  allowed: "1 to 40 lowercase letters, digits and single hyphens, beginning with a letter",
};

/** A service of another landscape. */
export const qualifiedName: Rule<string> = {
  accepts: (value) => value.split("/").length === 2 && value.split("/").every(serviceName.accepts),
  allowed: "a landscape's and a service's name, like finance/ledger",
};

/** A calendar date, `2027-03-31`, that exists. */
export const isoDate: Rule<string> = {
  accepts: (value) => {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
    const date = new Date(`${value}T00:00:00Z`);
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
  },
  allowed: "a date that exists, written like 2027-03-31",
};

const privateRanges = /^(0|10|127|169\.254|172\.(1[6-9]|2\d|3[01])|192\.168)\./;

/** What a vault's firewall takes. https://learn.microsoft.com/azure/key-vault/general/network-security */
export const publicAddress: Rule<string> = {
  accepts: (value) => z.ipv4().or(z.cidrv4()).safeParse(value).success && !privateRanges.test(value),
  allowed: "a public IPv4 address, or a range of them like 203.0.113.0/24",
};

export const subnetId: Rule<string> = {
  accepts: (value) =>
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Network\/virtualNetworks\/[^/]+\/subnets\/[^/]+$/i.test(
      value,
    ),
  allowed:
    "the resource id of a subnet: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/…/subnets/…",
};

const inWords: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "keys and values",
  record: "keys and values",
  array: "a list",
};

/**
 * A problem that zod found, as sentences that name the place, the value and what is allowed: one for each unknown key, else
 * one.
 *
 * @param issue of a parse with `reportInput`
 * @param ofUnknownKey what to say of a key that is not known, after its place
 */
export function describeIssue(issue: z.core.$ZodIssue, ofUnknownKey: string): string[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => `${[...issue.path, key].join(".")} ${ofUnknownKey}`);
  // A record's key is described by the issue inside; zod's own words for it are only "Invalid key in record".
  const inner = issue.code === "invalid_key" ? issue.issues[0] : undefined;
  if (inner) return [`${issue.path.join(".")} is no possible name; allowed: ${inner.message}`];
  const where = issue.path.join(".") || "it";
  const given = issue.input === undefined ? "is missing" : `is ${JSON.stringify(issue.input)}`;
  return [`${where} ${given}; allowed: ${allowedBy(issue)}`];
}

function allowedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return inWords[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(" or ");
    case "too_small":
      return issue.origin === "array" ? `a list of at least ${issue.minimum}` : sized("at least", issue.minimum, issue);
    case "too_big":
      return sized("at most", issue.maximum, issue);
    default:
      return issue.message;
  }
}

const sized = (bound: string, limit: number | bigint, { origin }: { origin: string }): string =>
  `${bound} ${limit}${origin === "string" ? " characters" : ""}`;
