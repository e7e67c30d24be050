import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { sameId } from "@microservice-identities/well-known/ids";
import { appRoleOf } from "@microservice-identities/well-known/microsoftApis";
import { isKnown } from "../references";
import { ofType } from "../resourceType";
import type { Directory, Party } from "./directory";

/** An app role that a resource declares. */
export interface DeclaredRole {
  readonly api: Party;
  readonly value: string;
  readonly id: unknown;
  /** The resources that can identify it: itself, and the source of its id. */
  readonly from: readonly string[];
  readonly memberTypes: readonly unknown[];
  readonly resource: EvaluatedResource;
}

/** The app roles that the applications of a stack expose: separate resources, or part of the application resource. */
export function declaredRoles(resources: readonly EvaluatedResource[], directory: Directory): DeclaredRole[] {
  const granular = ofType(resources, "azuread:ApplicationAppRole").map((role): DeclaredRole => {
    const { value, roleId, allowedMemberTypes = [] } = role.properties;
    return {
      api: directory.service(role),
      value: `${value}`,
      id: roleId,
      from: [role.urn, ...(role.dependencies?.roleId ?? [])],
      memberTypes: listOf(allowedMemberTypes),
      resource: role,
    };
  });
  const inline = directory.applications.flatMap((application) =>
    listOf(application.properties.appRoles).map((role): DeclaredRole => {
      const { value, id, allowedMemberTypes } = (role ?? {}) as Record<string, unknown>;
      return {
        api: { name: directory.nameOf(application), resource: application },
        value: isKnown(value) ? `${value}` : `${id}`,
        id,
        from: [application.urn, ...(application.dependencies?.appRoles ?? [])],
        memberTypes: listOf(allowedMemberTypes),
        resource: application,
      };
    }),
  );
  return [...granular, ...inline];
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The meaning of an app role's id. */
export interface NamedRole {
  readonly name: string;
  /** Whether the API declares or publishes the role. */
  readonly declared: boolean;
  readonly unknown?: boolean;
}

/**
 * The roles of an API that an id can stand for. Before a deployment there can be several: then all of them count.
 *
 * @param from the resources that an unknown id will come from
 */
export function rolesNamed(
  api: Party,
  id: unknown,
  from: readonly string[],
  declared: readonly DeclaredRole[],
): readonly NamedRole[] {
  const ofApi = declared.filter((role) => (api.resource ? role.api.resource === api.resource : false));
  if (isKnown(id)) {
    const own = ofApi.find((role) => isKnown(role.id) && sameId(role.id, id));
    if (own) return [{ name: own.value, declared: true }];
    const published = api.clientId === undefined ? undefined : appRoleOf(api.clientId, id);
    if (published) return [{ name: published.name, declared: true }];
    if (sameId(id, noRole)) return [{ name: "default access", declared: false }];
    // The pack does not see the ids of all resources, so the role is identified by the resource that the id comes from.
    return [{ name: `${id}`, declared: false }];
  }
  const meant = ofApi.filter((role) => role.from.some((urn) => from.includes(urn)));
  return meant.length > 0
    ? meant.map((role) => ({ name: role.value, declared: true }))
    : [{ name: "an unknown role", declared: false, unknown: true }];
}

/** The role id of an assignment without a role. https://learn.microsoft.com/graph/api/resources/approleassignment */
const noRole = "00000000-0000-0000-0000-000000000000";
