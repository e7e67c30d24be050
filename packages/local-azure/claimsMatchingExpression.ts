/**
 * The expressions of flexible federated credentials: `claims['sub'] matches 'repo:contoso/*'`, several of them joined by
 * `and`. `*` stands for any number of characters, `?` for one.
 * https://learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials
 */
export interface ClaimCondition {
  readonly claim: string;
  readonly operator: "eq" | "matches";
  readonly value: string;
}

/** The claims that an expression may name, for each issuer that has such credentials. */
export const flexibleIssuers: Readonly<Record<string, readonly string[]>> = {
  "https://token.actions.githubusercontent.com": ["sub", "job_workflow_ref"],
  "https://gitlab.com": ["sub"],
  "https://app.terraform.io": ["sub"],
};

const condition = /^\s*claims\['([^']+)'\]\s+(eq|matches)\s+'((?:[^']|'')*)'\s*(?:$|and\s+(?=claims\[))/;

/** @returns undefined when the text is not such an expression */
export function parseClaimsExpression(text: string): readonly ClaimCondition[] | undefined {
  const conditions: ClaimCondition[] = [];
  let rest = text;
  do {
    const [all, claim, operator, value] = condition.exec(rest) ?? [];
    if (all === undefined || claim === undefined || value === undefined) return undefined;
    conditions.push({ claim, operator: operator as ClaimCondition["operator"], value: value.replaceAll("''", "'") });
    rest = rest.slice(all.length);
  } while (rest !== "");
  return conditions;
}

/** Case-sensitive, as for subjects. */
export function claimsMatch(conditions: readonly ClaimCondition[], claims: Readonly<Record<string, unknown>>): boolean {
  return conditions.every(({ claim, operator, value }) => {
    const given = claims[claim];
    if (typeof given !== "string") return false;
    return operator === "eq" ? given === value : wildcards(value).test(given);
  });
}

const wildcards = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
    "s",
  );
