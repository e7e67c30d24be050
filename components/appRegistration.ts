import { ApplicationAppRole } from "@pulumi/azuread/applicationAppRole";
import { ApplicationIdentifierUri } from "@pulumi/azuread/applicationIdentifierUri";
import { ApplicationRegistration } from "@pulumi/azuread/applicationRegistration";
import { ServicePrincipal } from "@pulumi/azuread/servicePrincipal";
import * as pulumi from "@pulumi/pulumi";
import { RandomUuid } from "@pulumi/random/randomUuid";
import { appRoleValue, text } from "../packages/validation/formats";
import { limits } from "../packages/validation/limits";
import { checked } from "./checked";

/** A permission that an API offers to other services. */
export interface AppRole {
  /** What a caller that holds the role may do, for the people who consent to it. */
  readonly description: string;
  /** Default: the role's value. */
  readonly displayName?: string;
  /**
   * The role is on its way out: nobody may be granted it any more. The deployment after that may remove it. Taking a role
   * away together with its grants would leave tokens that still carry it. Default: not retired.
   */
  readonly retired?: true;
}

export interface AppRegistrationArgs {
  /** The name people see in Entra: 1 to 120 characters. */
  displayName: pulumi.Input<string>;
  /** What the service is for: 1 to 1024 characters. */
  description: pulumi.Input<string>;
  /** The app roles that the API exposes, by their value, as in `{"Inventory.Write": {…}}`. Default: none. */
  appRoles?: Readonly<Record<string, AppRole>>;
  /**
   * Object ids of the owners of the service principal. Name the deployer: without it the azuread provider removes
   * the deployer after the creation, and one that holds only `Application.ReadWrite.OwnedBy` loses the object.
   */
  owners: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * An API's and client's identity in Entra, closed by default: only this tenant's applications that hold one of its app
 * roles get a token for it. Made of granular resources, so that two services may call each other and a preview shows
 * each role on a line of its own.
 */
export class AppRegistration extends pulumi.ComponentResource {
  /** The registration itself; other resources that go with it name it in `deletedWith`. */
  public readonly application: ApplicationRegistration;
  /** The resource id of the application, `/applications/{object id}`: what other azuread resources ask for. */
  public readonly applicationId: pulumi.Output<string>;
  /** The application (client) id, a GUID: what a client signs in with, and the audience of its API's tokens. */
  public readonly clientId: pulumi.Output<string>;
  /** The object id of the service principal: the `oid` of the service's tokens, and the holder of its grants. */
  public readonly servicePrincipalId: pulumi.Output<string>;
  /** `api://{client id}`. Known only once Entra holds it. */
  public readonly identifierUri: pulumi.Output<string>;
  /** What a caller asks a token for: `api://{client id}/.default`. */
  public readonly scope: pulumi.Output<string>;
  /** The id (GUID) of each app role by its value; each is known only once Entra holds the role. */
  public readonly appRoleIds: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: AppRegistrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:AppRegistration", name, {}, opts);
    const where = `AppRegistration ${name}`;

    this.application = new ApplicationRegistration(
      `${name}-application`,
      {
        displayName: checked(`${where}: displayName`, args.displayName, text(limits.displayName)),
        description: checked(`${where}: description`, args.description, text(limits.description)),
        signInAudience: "AzureADMyOrg",
        requestedAccessTokenVersion: 2,
      },
      { parent: this },
    );
    this.applicationId = this.application.id;
    this.clientId = this.application.clientId;
    // A child that Entra drops with its application need not be deleted one by one, at 20 s each.
    const child = { parent: this, deletedWith: this.application };

    const servicePrincipal = new ServicePrincipal(
      `${name}-service-principal`,
      { clientId: this.clientId, appRoleAssignmentRequired: true, owners: args.owners },
      child,
    );
    this.servicePrincipalId = servicePrincipal.objectId;

    this.identifierUri = new ApplicationIdentifierUri(
      `${name}-identifier-uri`,
      { applicationId: this.applicationId, identifierUri: pulumi.interpolate`api://${this.clientId}` },
      child,
    ).identifierUri;
    this.scope = pulumi.interpolate`${this.identifierUri}/.default`;

    this.appRoleIds = Object.fromEntries(
      Object.entries(args.appRoles ?? {}).map(([value, role]) => {
        checked(`${where}: the name of an app role`, value, appRoleValue);
        // Our own id, not `servicePrincipal.appRoleIds`: that map goes stale when a role is added.
        const id = new RandomUuid(`${name}-${value}-id`, {}, { parent: this });
        const appRole = new ApplicationAppRole(
          `${name}-${value}`,
          {
            applicationId: this.applicationId,
            roleId: id.result,
            value,
            displayName: checked(
              `${where}: displayName of ${value}`,
              role.displayName ?? value,
              text(limits.displayName),
            ),
            description: checked(`${where}: description of ${value}`, role.description, text(limits.description)),
            allowedMemberTypes: ["Application"],
          },
          child,
        );
        return [value, appRole.roleId];
      }),
    );

    this.registerOutputs({
      clientId: this.clientId,
      servicePrincipalId: this.servicePrincipalId,
      identifierUri: this.identifierUri,
      appRoleIds: this.appRoleIds,
    });
  }
}
