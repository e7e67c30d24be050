import type { FastifyRequest } from "fastify";
import { isWithin, type RoleAssignment, type RoleDefinition } from "../roleBasedAccess";
import { badRequest } from "./armError";

/**
 * The assignments at a scope, above it and below it; `atScope()` omits those below.
 * https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest
 *
 * @throws ArmError for every other filter
 */
export function assignmentFilter(request: FastifyRequest, scope: string): (assignment: RoleAssignment) => boolean {
  const clauses = clausesOf(request);
  const predicates = clauses.map((clause): ((assignment: RoleAssignment) => boolean) => {
    if (/^atScope\(\)$/i.test(clause)) return (each) => isWithin(scope, each.scope);
    const [, principal] = /^(?:principalId eq|assignedTo\() ?'([^']*)'\)?$/i.exec(clause) ?? [];
    if (principal === undefined) throw unsupported(clause, "atScope(), principalId eq '…', assignedTo('…')");
    return (each) => each.principalId === principal.toLowerCase();
  });
  return (each) =>
    (isWithin(scope, each.scope) || isWithin(each.scope, scope)) && predicates.every((matches) => matches(each));
}

/** @throws ArmError for every filter but one by name or type */
export function definitionFilter(
  request: FastifyRequest,
  typeOf: (definition: RoleDefinition) => string,
): (definition: RoleDefinition) => boolean {
  const predicates = clausesOf(request).map((clause): ((definition: RoleDefinition) => boolean) => {
    if (/^atScopeAndBelow\(\)$/i.test(clause)) return () => true;
    const [, property, value] = /^(roleName|type) eq '((?:[^']|'')*)'$/i.exec(clause) ?? [];
    if (property === undefined || value === undefined)
      throw unsupported(clause, "roleName eq '…', type eq '…', atScopeAndBelow()");
    const wanted = value.replaceAll("''", "'").toLowerCase();
    return (each) => (property.toLowerCase() === "type" ? typeOf(each) : each.name).toLowerCase() === wanted;
  });
  return (each) => predicates.every((matches) => matches(each));
}

function clausesOf(request: FastifyRequest): string[] {
  const { $filter } = request.query as Record<string, string | undefined>;
  return $filter === undefined ? [] : $filter.split(/\s+and\s+/i).map((clause) => clause.trim());
}

const unsupported = (clause: string, supported: string) =>
  badRequest("UnsupportedFilter", `The local Azure does not serve the filter '${clause}'; served: ${supported}.`);
