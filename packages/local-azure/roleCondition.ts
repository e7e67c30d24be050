/** The attributes that a condition of a role assignment checks: the action, and the role assignment that the action writes or deletes. */
export interface ConditionQuestion {
  readonly action: string;
  /** The role assignment that the request writes. Default: none. */
  readonly request?: AssignmentAttributes;
  /** The existing role assignment. Default: none. */
  readonly resource?: AssignmentAttributes;
}

/** The attributes of a role assignment, by their names in conditions. */
export interface AssignmentAttributes {
  /** A GUID. */
  readonly RoleDefinitionId: string;
  /** A GUID. */
  readonly PrincipalId: string;
  readonly PrincipalType: string;
}

export type RoleCondition = (question: ConditionQuestion) => boolean;

/** The error for an invalid condition. */
export class ConditionError extends Error {}

/**
 * Parses a condition of a role assignment. Supported are those that delegate the management of role assignments: `ActionMatches`,
 * and the attributes of the assignment that a request writes (`@Request`) or that exists (`@Resource`), compared as GUIDs or strings.
 * https://learn.microsoft.com/azure/role-based-access-control/conditions-format
 *
 * @throws ConditionError for every other condition
 */
export function readCondition(text: string): RoleCondition {
  const tokens = new Tokens(text);
  const condition = alternatives(tokens);
  if (tokens.next !== undefined) throw tokens.unexpected("AND, OR or the end");
  return condition;
}

function alternatives(tokens: Tokens): RoleCondition {
  const parts = [requirements(tokens)];
  while (tokens.takes("OR") || tokens.takes("||")) parts.push(requirements(tokens));
  return (question) => parts.some((part) => part(question));
}

function requirements(tokens: Tokens): RoleCondition {
  const parts = [single(tokens)];
  while (tokens.takes("AND") || tokens.takes("&&")) parts.push(single(tokens));
  return (question) => parts.every((part) => part(question));
}

function single(tokens: Tokens): RoleCondition {
  if (tokens.takes("!") || tokens.takes("NOT")) {
    const denied = single(tokens);
    return (question) => !denied(question);
  }
  if (tokens.takes("(")) {
    const inner = alternatives(tokens);
    tokens.demand(")");
    return inner;
  }
  if (tokens.takes("ActionMatches")) {
    const patterns = values(tokens);
    return ({ action }) => matchesAny(patterns, action);
  }
  return comparison(tokens);
}

const attributePattern =
  /^@(Request|Resource)\[Microsoft\.Authorization\/roleAssignments:(RoleDefinitionId|PrincipalId|PrincipalType)\]$/;

function comparison(tokens: Tokens): RoleCondition {
  const served =
    "ActionMatches, or @Request or @Resource with [Microsoft.Authorization/roleAssignments:RoleDefinitionId], PrincipalId or PrincipalType";
  const [, source, name] = attributePattern.exec(tokens.next ?? "") ?? [];
  if (source === undefined || name === undefined) throw tokens.unexpected(served);
  tokens.advance();
  const [quantifier, operator] = /^(?:(For\w+Values):)?(\w+)$/.exec(tokens.next ?? "")?.slice(1) ?? [];
  const isTrue = operators[operator ?? ""];
  const holds = quantifiers[quantifier ?? "ForAnyOfAnyValues"];
  if (!isTrue || !holds)
    throw tokens.unexpected(
      `one of ${Object.keys(operators).join(", ")}, alone or after ${Object.keys(quantifiers).join(", ")}`,
    );
  tokens.advance();
  const allowed = values(tokens);
  return (question) => {
    const attributes = source === "Request" ? question.request : question.resource;
    // An attribute that does not exist makes its expression false.
    if (!attributes) return false;
    const value = attributes[name as keyof AssignmentAttributes];
    return holds(allowed, (each) => isTrue(value, each));
  };
}

/** The left side has one value always, so "any of" and "all of" it are the same. */
const quantifiers: Readonly<
  Record<string, (values: readonly string[], isTrue: (value: string) => boolean) => boolean>
> = {
  ForAnyOfAnyValues: (values, isTrue) => values.some(isTrue),
  ForAllOfAnyValues: (values, isTrue) => values.some(isTrue),
  ForAnyOfAllValues: (values, isTrue) => values.every(isTrue),
  ForAllOfAllValues: (values, isTrue) => values.every(isTrue),
};

const alike = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
const operators: Readonly<Record<string, (value: string, other: string) => boolean>> = {
  GuidEquals: alike,
  GuidNotEquals: (value, other) => !alike(value, other),
  StringEquals: (value, other) => value === other,
  StringNotEquals: (value, other) => value !== other,
  StringEqualsIgnoreCase: alike,
  StringNotEqualsIgnoreCase: (value, other) => !alike(value, other),
};

/** `{a, b}` or `'a'`, with or without quotes inside the braces. */
function values(tokens: Tokens): string[] {
  const { next = "" } = tokens;
  const list = /^\{(.*)\}$/s.exec(next)?.[1] ?? (/^'.*'$/.test(next) ? next : undefined);
  if (list === undefined) throw tokens.unexpected("values in braces, like {'ServicePrincipal'}");
  tokens.advance();
  return list.split(",").map((value) => value.trim().replace(/^'(.*)'$/, "$1"));
}

class Tokens {
  private readonly all: readonly string[];
  private at = 0;
  constructor(text: string) {
    this.all = text.match(/@\w+\[[^\]]*\]|\{[^}]*\}|'[^']*'|[()!]|&&|\|\||[\w:]+|\S/g) ?? [];
  }

  get next(): string | undefined {
    return this.all[this.at];
  }

  advance(): void {
    this.at++;
  }

  takes(token: string): boolean {
    const found = this.next?.toLowerCase() === token.toLowerCase();
    if (found) this.advance();
    return found;
  }

  demand(token: string): void {
    if (!this.takes(token)) throw this.unexpected(token);
  }

  unexpected(served: string): ConditionError {
    return new ConditionError(`the condition has '${this.next ?? "its end"}' where the local Azure serves ${served}`);
  }
}

/** Whether an action matches one of the patterns, in which `*` is a wildcard. */
export const matchesAny = (patterns: readonly string[], action: string): boolean =>
  patterns.some((pattern) =>
    new RegExp(`^${pattern.replaceAll(/[.]/g, "\\.").replaceAll("*", ".*")}$`, "i").test(action),
  );
