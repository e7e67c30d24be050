import { Application } from "@pulumi/azuread/application";
import { ApplicationIdentifierUri } from "@pulumi/azuread/applicationIdentifierUri";
import { ServicePrincipal } from "@pulumi/azuread/servicePrincipal";
import * as pulumi from "@pulumi/pulumi";
import { RandomUuid } from "@pulumi/random/randomUuid";
import { appRoleValue, text } from "../packages/validation/formats";
import { limits } from "../packages/validation/limits";
import { checked } from "./checked";
import {
  applicationIsVisible,
  retriesUnreplicated,
  retriesUntilAdopted,
  servicePrincipalIsVisible,
} from "./replication";
import { markTag } from "./stackMark";

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
  /** The mark of what one stack makes; see `stackMark`. Default: none, and no deployment takes over what another lost. */
  mark?: pulumi.Input<string>;
}

/**
 * An API's and client's identity in Entra, closed by default: only this tenant's applications that hold one of its app
 * roles get a token for it.
 */
export class AppRegistration extends pulumi.ComponentResource {
  /** The registration itself; other resources that go with it name it in `deletedWith`. */
  public readonly application: Application;
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

    const roles = Object.entries(args.appRoles ?? {}).map(([value, role]) => {
      checked(`${where}: the name of an app role`, value, appRoleValue);
      return {
        // Our own id, known before the role exists: a grant names it, and whoever makes the role again makes the same one.
        id: new RandomUuid(`${name}-${value}-id`, {}, { parent: this }).result,
        value,
        displayName: checked(`${where}: displayName of ${value}`, role.displayName ?? value, text(limits.displayName)),
        description: checked(`${where}: description of ${value}`, role.description, text(limits.description)),
        allowedMemberTypes: ["Application"],
      };
    });

    // One write makes all of it: each further write would have to wait until Entra shows the one before.
    this.application = new Application(
      `${name}-application`,
      {
        displayName: checked(`${where}: displayName`, args.displayName, text(limits.displayName)),
        description: checked(`${where}: description`, args.description, text(limits.description)),
        signInAudience: "AzureADMyOrg",
        api: { requestedAccessTokenVersion: 2 },
        appRoles: roles,
        owners: args.owners,
        // A deployment that lost sight of what it made is refused, and takes that over, instead of making it twice.
        preventDuplicateNames: true,
        tags: args.mark === undefined ? [] : [pulumi.interpolate`${markTag}:${args.mark}`],
      },
      {
        parent: this,
        // Both are kept by resources of their own: services may call each other, and a URI names the client id.
        ignoreChanges: ["identifierUris", "requiredResourceAccesses"],
        // Never retried: a second creation would be a second registration.
        hooks: { afterCreate: [applicationIsVisible(this)] },
      },
    );
    this.applicationId = this.application.id;
    this.clientId = this.application.clientId;
    // A child that Entra drops with its application need not be deleted one by one, at 20 s each.
    const child = { parent: this, deletedWith: this.application };

    const servicePrincipal = new ServicePrincipal(
      `${name}-service-principal`,
      {
        clientId: this.clientId,
        appRoleAssignmentRequired: true,
        owners: args.owners,
        // Nobody else can have made one for a client id that is new: it is what an earlier attempt made.
        useExisting: true,
      },
      {
        ...child,
        hooks: { afterCreate: [servicePrincipalIsVisible(this)], onError: [retriesUntilAdopted(name)] },
      },
    );
    this.servicePrincipalId = servicePrincipal.objectId;

    this.identifierUri = new ApplicationIdentifierUri(
      `${name}-identifier-uri`,
      { applicationId: this.applicationId, identifierUri: pulumi.interpolate`api://${this.clientId}` },
      { ...child, hooks: { onError: [retriesUnreplicated(name)] } },
    ).identifierUri;
    this.scope = pulumi.interpolate`${this.identifierUri}/.default`;

    this.appRoleIds = Object.fromEntries(
      // Known once Entra holds the role: in an update too, a grant of a new role has to come after it.
      roles.map(({ id, value }) => [value, pulumi.all([id, this.applicationId]).apply(([known]) => known)]),
    );

    this.registerOutputs({
      clientId: this.clientId,
      servicePrincipalId: this.servicePrincipalId,
      identifierUri: this.identifierUri,
      appRoleIds: this.appRoleIds,
    });
  }
}
