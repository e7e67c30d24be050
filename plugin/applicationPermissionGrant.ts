import * as pulumi from "@pulumi/pulumi";
import { ApplicationPermissionGrant as Component } from "../components/applicationPermissionGrant";

export interface ApplicationPermissionGrantArgs {
  /** The caller's `applicationId`. */
  callerApplicationId: pulumi.Input<string>;
  /** The caller's `servicePrincipalId`. */
  callerServicePrincipalId: pulumi.Input<string>;
  /** The API's `clientId`. */
  apiClientId: pulumi.Input<string>;
  /** The API's `servicePrincipalId`. */
  apiServicePrincipalId: pulumi.Input<string>;
  /** The API's `appRoleIds`. */
  apiAppRoleIds: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** The values of the API's app roles that the caller gets; at least one. */
  roles: string[];
  /** Why the caller needs them, for reviewers. */
  because: string;
  /** The last day of the grant, for example 2027-03-31. Default: no end. */
  until?: string;
}

/** Application permissions with admin consent: the request of the caller's registration, and the assignments. */
export class ApplicationPermissionGrant extends pulumi.ComponentResource {
  /** The resource id of each app role assignment, by the role's value. */
  public readonly assignmentIds: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: ApplicationPermissionGrantArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:ApplicationPermissionGrant", name, {}, opts);
    const ids = pulumi.output(args.apiAppRoleIds);
    const grant = new Component(
      name,
      {
        caller: {
          applicationId: pulumi.output(args.callerApplicationId),
          servicePrincipalId: pulumi.output(args.callerServicePrincipalId),
        },
        api: {
          clientId: pulumi.output(args.apiClientId),
          servicePrincipalId: pulumi.output(args.apiServicePrincipalId),
          // The roles of the API are known only when its ids are; a wrong role is refused then.
          appRoleIds: Object.fromEntries(
            args.roles.map((role) => [role, ids.apply((known) => idOf(name, role, known))]),
          ),
        },
        roles: args.roles,
        because: args.because,
        until: args.until,
      },
      { parent: this },
    );
    this.assignmentIds = pulumi.output(grant.assignmentIds);
    this.registerOutputs({ assignmentIds: this.assignmentIds });
  }
}

function idOf(name: string, role: string, known: Readonly<Record<string, string>>): string {
  const id = known[role];
  if (id !== undefined) return id;
  throw new pulumi.RunError(
    `ApplicationPermissionGrant ${name}: roles is ${JSON.stringify(role)}; allowed: ${Object.keys(known).join(", ")}`,
  );
}
