import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { Directory, type Party } from "@microservice-identities/review/access/directory";
import { callsIn } from "@microservice-identities/review/access/grants";
import { declaredRoles } from "@microservice-identities/review/access/offeredRoles";
import { Unknowns } from "@microservice-identities/review/access/unknowns";
import { isoDay } from "@microservice-identities/validation/days";
import { guid } from "@microservice-identities/validation/formats";
import { normalizedId } from "@microservice-identities/well-known/ids";
import { microsoftApiIds } from "@microservice-identities/well-known/microsoftApis";
import type { StateRow } from "../audit/declared";

/** A caller or an API. */
export interface Participant {
  /** As in the review, for example `orders-prod`. */
  readonly name: string;
  /** A GUID in lower case; empty if it is not known. */
  readonly clientId: string;
}

/** A role that a caller holds, according to the state of a stack. */
export interface DeclaredGrant {
  readonly caller: Participant & {
    /** Whether it is a registration of the stack. The log of service principal sign-ins does not contain managed identities. */
    readonly isService: boolean;
  };
  readonly api: Participant & {
    /** Whether a service of this stack exposes the role: then a guard of packages/runtime protects it. */
    readonly isOwn: boolean;
    /** The values of all its roles; empty for an API that the stack does not create. */
    readonly roles: readonly string[];
  };
  readonly role: string;
  /** The day of the grant, if the state contains it. */
  readonly since?: string;
  /** The names of the caller and of the API in the landscape, for the edit. */
  readonly inLandscape: { readonly caller: string; readonly api: string };
}

export interface DeclaredUse {
  readonly grants: readonly DeclaredGrant[];
  /** All services of the stack, with the names that the landscape gives them. */
  readonly services: readonly (Participant & { readonly inLandscape: string })[];
}

/** The grants of a stack, with the names that the review uses and the ids that logs use. */
export function declaredUse(rows: readonly StateRow[]): DeclaredUse {
  const resources = rows.map((row) => ({ ...row, parent: "" }));
  const directory = new Directory(resources);
  const roles = declaredRoles(resources, directory);
  const { assigned } = callsIn(resources, directory, roles, new Unknowns());
  const participant = ({ name, resource, clientId }: Party): Participant => {
    const id = normalizedId(resource?.properties.clientId ?? clientId ?? microsoftApiIds.get(name));
    return { name, clientId: guid.accepts(id) ? id : "" };
  };
  const services = new Set(directory.applications);
  const grants = [...assigned].map(([{ role }, { assignment, caller, api }]): DeclaredGrant => {
    const callerName = landscapeName(caller);
    const rest = nameOf(assignment.urn).replace(`${callerName}-calls-`, "");
    const created = assignment.created;
    return {
      caller: {
        ...participant(caller),
        isService: caller.resource !== undefined && services.has(caller.resource),
      },
      api: {
        ...participant(api),
        isOwn: api.resource !== undefined,
        roles: roles.filter((each) => each.api.name === api.name).map(({ value }) => value),
      },
      role,
      ...(created === undefined ? {} : { since: isoDay(created) }),
      inLandscape: {
        caller: callerName,
        api: api.resource ? landscapeName(api) : rest.slice(0, rest.lastIndexOf(`-${role}`)),
      },
    };
  });
  return {
    grants,
    services: directory.applications.map((resource) => {
      const party = { name: directory.nameOf(resource), resource };
      return { ...participant(party), inLandscape: landscapeName(party) };
    }),
  };
}

/** The components name the application of a service `{service}-application`. */
const landscapeName = ({ name, resource }: Party): string =>
  resource ? nameOf(resource.urn).replace(/-application$/, "") : name;
