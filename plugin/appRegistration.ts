import * as pulumi from "@pulumi/pulumi";
import { AppRegistration as Component, type AppRole as DeclaredRole } from "../components/appRegistration";

/** A permission that an API offers to other services. */
export interface AppRole {
  /** What a caller that holds the role may do, for the people who consent to it. */
  description: string;
  /** Default: the role's value. */
  displayName?: string;
  /** The role will be removed and can no longer be granted. Default: false. */
  retired?: boolean;
}

export interface AppRegistrationArgs {
  /** The name people see in Entra: 1 to 120 characters. */
  displayName: pulumi.Input<string>;
  /** What the service is for: 1 to 1024 characters. */
  description: pulumi.Input<string>;
  /** The app roles that the API exposes, by value. Default: none. */
  appRoles?: Record<string, AppRole>;
  /** Object ids of the owners of the service principal. Include the deployer. */
  owners: pulumi.Input<pulumi.Input<string>[]>;
}

/** The identity of an API and client in Entra, closed by default. */
export class AppRegistration extends pulumi.ComponentResource {
  /** The resource id of the application, an argument of other azuread resources. */
  public readonly applicationId: pulumi.Output<string>;
  /** The application (client) id: a GUID. */
  public readonly clientId: pulumi.Output<string>;
  /** The object id of the service principal: the principal of its grants. */
  public readonly servicePrincipalId: pulumi.Output<string>;
  /** The scope that a caller requests. */
  public readonly scope: pulumi.Output<string>;
  /** The id of each app role by value. */
  public readonly appRoleIds: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: AppRegistrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:AppRegistration", name, {}, opts);
    const registration = new Component(name, { ...args, appRoles: appRolesFrom(args.appRoles) }, { parent: this });
    this.applicationId = registration.applicationId;
    this.clientId = registration.clientId;
    this.servicePrincipalId = registration.servicePrincipalId;
    this.scope = registration.scope;
    this.appRoleIds = pulumi.output(registration.appRoleIds);
    this.registerOutputs({
      applicationId: this.applicationId,
      clientId: this.clientId,
      servicePrincipalId: this.servicePrincipalId,
      scope: this.scope,
      appRoleIds: this.appRoleIds,
    });
  }
}

/** Converts app roles to the arguments of the components, in which `retired` is true or absent. */
export const appRolesFrom = (given: Readonly<Record<string, AppRole>> = {}): Record<string, DeclaredRole> =>
  Object.fromEntries(
    Object.entries(given).map(([value, { retired, ...role }]) => [
      value,
      retired ? { ...role, retired: true as const } : role,
    ]),
  );
