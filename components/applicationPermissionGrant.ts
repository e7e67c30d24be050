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

export interface ApplicationPermissionGrantArgs {
  /** Who may call: an {@link AppRegistration}, or its three properties. */
  caller: Pick<AppRegistration, "applicationId" | "servicePrincipalId"> & {
    /** When Entra drops this application, it drops the assignments too: they are not deleted one by one. */
    readonly application?: pulumi.Resource;
  };
  /** Whose API: an {@link AppRegistration}, or its three properties. */
  api: Pick<AppRegistration, "clientId" | "servicePrincipalId" | "appRoleIds">;
  /** The values of the API's app roles that the caller gets, as in `["Inventory.Write"]`; at least one. */
  roles: readonly string[];
  /** Why the caller needs them: 1 to 500 characters, for the reviewer. */
  because: string;
  /** The last day of the need, `2027-03-31`; the review fails after it. Default: no end. */
  until?: string;
  /** An azuread provider that consents, where whoever registers applications may not. Default: the one of everything else. */
  consenter?: pulumi.ProviderResource;
}

/**
 * Application permissions with admin consent: the caller's registration asks for the roles (API access), and its service
 * principal holds them (app role assignments, which is what admin consent creates).
 */
export class ApplicationPermissionGrant extends pulumi.ComponentResource {
  /** The resource id of each app role assignment, by the role's value. */
  public readonly assignmentIds: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: ApplicationPermissionGrantArgs, opts?: pulumi.ComponentResourceOptions) {
    // As inputs the reason and the end of the need are in the state, where a review finds them.
    const { roles, because, until } = args;
    super("microservice-identities:index:ApplicationPermissionGrant", name, { roles, because, until }, opts);
    const where = `ApplicationPermissionGrant ${name}`;
    checked(`${where}: because`, args.because, text(limits.reason));
    if (args.until !== undefined) checked(`${where}: until`, args.until, isoDate);
    const roleIds = rolesOf(args, where);
    const replication = retriesUnreplicated(name);
    const turns = apiAccessTurns(name, this);

    new ApplicationApiAccess(
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

    this.assignmentIds = Object.fromEntries(
      Object.entries(roleIds).map(([value, appRoleId]) => {
        const assignment = new AppRoleAssignment(
          `${name}-${value}`,
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

    // A policy pack is shown the outputs of a component, not its inputs.
    this.registerOutputs({ assignmentIds: this.assignmentIds, roles, because, until });
  }
}

function rolesOf({ api, roles }: ApplicationPermissionGrantArgs, where: string): Record<string, pulumi.Output<string>> {
  const exposed = Object.keys(api.appRoleIds);
  if (roles.length === 0) throw new ArgumentError(`${where}: roles`, roles, `at least one of ${exposed.join(", ")}`);
  return Object.fromEntries(
    // In one order whatever order they were written in: a mere rearrangement is no change.
    [...new Set(roles)].sort().map((value) => {
      const id = api.appRoleIds[value];
      if (id === undefined)
        throw new ArgumentError(`${where}: roles`, value, exposed.join(", ") || "none, the API has no roles");
      return [value, id];
    }),
  );
}
