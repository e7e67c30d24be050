import { ApplicationApiAccess } from "@pulumi/azuread/applicationApiAccess";
import { AppRoleAssignment } from "@pulumi/azuread/appRoleAssignment";
import * as pulumi from "@pulumi/pulumi";
import { isoDate, text } from "../packages/validation/formats";
import { limits } from "../packages/validation/limits";
import { ArgumentError } from "../packages/validation/userError";
import { apiAccessTurns } from "./apiAccessTurns";
import type { AppRegistration } from "./appRegistration";
import { checked } from "./checked";
import { retriesUnreplicated } from "./replication";
import { assignmentNameOf } from "./resourceNames";

export interface ApplicationPermissionGrantArgs {
  /** The caller: an {@link AppRegistration}, or its three properties. */
  caller: Pick<AppRegistration, "applicationId" | "servicePrincipalId"> & {
    /** The application with which Entra deletes the assignments, so that they are not deleted one by one. */
    readonly application?: pulumi.Resource;
  };
  /** The API: an {@link AppRegistration}, or its three properties. */
  api: Pick<AppRegistration, "clientId" | "servicePrincipalId" | "appRoleIds">;
  /** The values of the API's app roles that the caller gets, for example `["Inventory.Write"]`; at least one. */
  roles: readonly string[];
  /** Why the caller needs them, for reviewers: 1 to 500 characters. */
  because: string;
  /** The last day of the grant, for example `2027-03-31`. After it, the review fails. Default: no end. */
  until?: string;
  /** The requests that the caller sends to Microsoft Graph, for example `GET /users/{id}`, for the reviewer. Default: none are listed. */
  requests?: readonly string[];
  /**
   * Whether the caller's registration lists the roles, so that people see them in the portal under "API permissions". It grants
   * nothing, and costs a resource. Default true.
   */
  listed?: boolean;
  /** The azuread provider that makes the assignments, if the default provider is not allowed to consent. Default: the default provider. */
  consenter?: pulumi.ProviderResource;
}

/**
 * Application permissions with admin consent: the caller's registration lists the roles (API access), and its service
 * principal gets them (app role assignments, the records that admin consent creates).
 *
 * @example
 * ```ts
 * import { ApplicationPermissionGrant, AppRegistration } from "pulumi-microservice-identities";
 *
 * const owners = ["11111111-1111-4111-8111-111111111111"];
 * const orders = new AppRegistration("orders", {
 *   displayName: "orders-prod",
 *   description: "Takes orders.",
 *   appRoles: { "Orders.Read": { description: "Read orders." } },
 *   owners,
 * });
 * const reporting = new AppRegistration("reporting", { displayName: "reporting-prod", description: "Sums up.", owners });
 * new ApplicationPermissionGrant("reporting-calls-orders", {
 *   caller: reporting,
 *   api: orders,
 *   roles: ["Orders.Read"],
 *   because: "Counts the orders of the day.",
 * });
 * ```
 */
export class ApplicationPermissionGrant extends pulumi.ComponentResource {
  /** The resource id of each app role assignment, by the role's value. */
  public readonly assignmentIds: Readonly<Record<string, pulumi.Output<string>>>;
  /** The entry in the caller's registration. Undefined if the grant is not `listed`. */
  public readonly apiAccess?: ApplicationApiAccess;

  constructor(name: string, args: ApplicationPermissionGrantArgs, opts?: pulumi.ComponentResourceOptions) {
    // The reason and the end are inputs, so that they are in the state, where a review reads them.
    const { roles, because, until, requests } = args;
    const stated = { roles, because, until, requests, ...(args.listed === false ? { listed: false } : {}) };
    super("microservice-identities:index:ApplicationPermissionGrant", name, stated, opts);
    const where = `ApplicationPermissionGrant ${name}`;
    checked(`${where}: because`, args.because, text(limits.reason));
    if (args.until !== undefined) checked(`${where}: until`, args.until, isoDate);
    const roleIds = rolesOf(args, where);
    const replication = retriesUnreplicated(name);
    if (args.listed !== false) {
      const turns = apiAccessTurns(name, this);
      this.apiAccess = new ApplicationApiAccess(
        `${name}-api-access`,
        {
          applicationId: args.caller.applicationId,
          apiClientId: args.api.clientId,
          roleIds: Object.values(roleIds),
        },
        {
          parent: this,
          deletedWith: args.caller.application,
          hooks: { ...turns, onError: [replication, ...(turns.onError ?? [])] },
        },
      );
    }

    this.assignmentIds = Object.fromEntries(
      Object.entries(roleIds).map(([value, appRoleId]) => {
        const assignment = new AppRoleAssignment(
          assignmentNameOf(name, value),
          {
            appRoleId,
            principalObjectId: args.caller.servicePrincipalId,
            resourceObjectId: args.api.servicePrincipalId,
          },
          {
            parent: this,
            deletedWith: args.caller.application,
            hooks: { onError: [replication] },
            ...(args.consenter ? { provider: args.consenter } : {}),
          },
        );
        return [value, assignment.id];
      }),
    );

    // Policy packs see the outputs of a component, but not its inputs. What Azure answers is left out, as in most other components
    // of a service: then the engine writes the state for it while the state is small, and not again after the resources.
    this.registerOutputs(stated);
  }
}

function rolesOf({ api, roles }: ApplicationPermissionGrantArgs, where: string): Record<string, pulumi.Output<string>> {
  const exposed = Object.keys(api.appRoleIds);
  if (roles.length === 0) throw new ArgumentError(`${where}: roles`, roles, `at least one of ${exposed.join(", ")}`);
  return Object.fromEntries(
    // Sorted, so that a different order in the source does not change the resource.
    [...new Set(roles)].sort().map((value) => {
      const id = Object.hasOwn(api.appRoleIds, value) ? api.appRoleIds[value] : undefined;
      if (id === undefined)
        throw new ArgumentError(`${where}: roles`, value, exposed.join(", ") || "none, the API has no roles");
      return [value, id];
    }),
  );
}
