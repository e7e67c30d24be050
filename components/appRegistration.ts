import { Application } from "@pulumi/azuread/application";
import { ApplicationIdentifierUri } from "@pulumi/azuread/applicationIdentifierUri";
import { ServicePrincipal } from "@pulumi/azuread/servicePrincipal";
import * as pulumi from "@pulumi/pulumi";
import { RandomUuid } from "@pulumi/random/randomUuid";
import { appRoleValue, text } from "../packages/validation/formats";
import { limits } from "../packages/validation/limits";
import { checked } from "./checked";
import { markTag } from "./markTag";
import {
  retriesUnreplicated,
  retriesUntilAdopted,
  visibilityOfApplication,
  visibilityOfServicePrincipal,
} from "./replication";
import { roleIdNameOf } from "./resourceNames";

/** A permission that an API offers to other services. */
export interface AppRole {
  /** What a caller that holds the role may do, for the people who consent to it. */
  readonly description: string;
  /** Default: the role's value. */
  readonly displayName?: string;
  /**
   * The role will be removed: it can no longer be granted, and a later deployment may remove it. Removing a role together
   * with its grants would leave valid tokens that still contain it. Default: not retired.
   */
  readonly retired?: true;
}

export interface AppRegistrationArgs {
  /** The name people see in Entra: 1 to 120 characters. */
  displayName: pulumi.Input<string>;
  /** What the service is for: 1 to 1024 characters. */
  description: pulumi.Input<string>;
  /** The app roles that the API exposes, by value, for example `{"Inventory.Write": {…}}`. Default: none. */
  appRoles?: Readonly<Record<string, AppRole>>;
  /**
   * Object ids of the owners of the service principal. Include the deployer: otherwise the azuread provider removes it after
   * the creation, and a deployer with only `Application.ReadWrite.OwnedBy` can no longer change the object.
   */
  owners: pulumi.Input<pulumi.Input<string>[]>;
  /** The stack's mark; see `stackMark`. Default: none; then no deployment takes over what an interrupted one created. */
  mark?: pulumi.Input<string>;
  /** What a tenant may demand of a registration, apart from its names. Default: none. */
  details?: RegistrationDetails;
}

/** What a tenant may demand of a registration. */
export interface RegistrationDetails {
  /** The service in the company's catalogue of services, which some tenants make compulsory. */
  readonly serviceManagementReference?: string;
  /** A text for people who look at the registration in Entra: 1 to 1024 characters. */
  readonly notes?: string;
  /**
   * Object ids of people who own the registration and its service principal, in addition to the deployer. An owner can add a
   * secret to the registration. An identity with only `Application.ReadWrite.OwnedBy` cannot add owners to an existing registration.
   */
  readonly owners?: readonly string[];
}

/**
 * The identity of an API and client in Entra. It is closed by default: only applications of this tenant that have one of
 * its app roles get a token for it.
 *
 * @example
 * ```ts
 * import { AppRegistration } from "pulumi-microservice-identities";
 *
 * const orders = new AppRegistration("orders", {
 *   displayName: "orders-prod",
 *   description: "Takes orders.",
 *   appRoles: { "Orders.Read": { description: "Read orders and their state." } },
 *   owners: ["11111111-1111-4111-8111-111111111111"],
 * });
 * export const scope = orders.scope;
 * ```
 */
export class AppRegistration extends pulumi.ComponentResource {
  /** The registration itself. Resources that Entra deletes together with it refer to it in `deletedWith`. */
  public readonly application: Application;
  /** The resource id of the application, `/applications/{object id}`: an argument of other azuread resources. */
  public readonly applicationId: pulumi.Output<string>;
  /** The application (client) id, a GUID: the client signs in with it, and it is the audience of tokens for the API. */
  public readonly clientId: pulumi.Output<string>;
  /** The object id of the service principal: the `oid` of the service's tokens, and the principal of its grants. */
  public readonly servicePrincipalId: pulumi.Output<string>;
  /** `api://{client id}`. Known only after Entra has stored it. */
  public readonly identifierUri: pulumi.Output<string>;
  /** The scope that a caller requests: `api://{client id}/.default`. */
  public readonly scope: pulumi.Output<string>;
  /** The id (GUID) of each app role by value. An id is known only after Entra has stored the role. */
  public readonly appRoleIds: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: AppRegistrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:AppRegistration", name, {}, opts);
    const where = `AppRegistration ${name}`;

    const roles = Object.entries(args.appRoles ?? {}).map(([value, role]) => {
      checked(`${where}: the name of an app role`, value, appRoleValue);
      return {
        // An id that the program generates: it is known before the role exists, and stays the same if the role is created again.
        id: new RandomUuid(roleIdNameOf(name, value), {}, { parent: this }).result,
        value,
        displayName: checked(`${where}: displayName of ${value}`, role.displayName ?? value, text(limits.displayName)),
        description: checked(`${where}: description of ${value}`, role.description, text(limits.description)),
        allowedMemberTypes: ["Application"],
      };
    });

    const { serviceManagementReference, notes, owners: people = [] } = args.details ?? {};
    const owners =
      people.length === 0 ? args.owners : pulumi.output(args.owners).apply((given) => [...given, ...people]);

    const applicationVisibility = visibilityOfApplication(name, this);
    const principalVisibility = visibilityOfServicePrincipal(name, this);

    // One write creates everything: each further write would have to wait until Entra shows the previous one.
    this.application = new Application(
      `${name}-application`,
      {
        displayName: checked(`${where}: displayName`, args.displayName, text(limits.displayName)),
        description: checked(`${where}: description`, args.description, text(limits.description)),
        signInAudience: "AzureADMyOrg",
        api: { requestedAccessTokenVersion: 2 },
        appRoles: roles,
        owners,
        ...(serviceManagementReference === undefined ? {} : { serviceManagementReference }),
        ...(notes === undefined ? {} : { notes: checked(`${where}: notes`, notes, text(limits.notes)) }),
        // If an earlier deployment created it without recording it, a second creation fails, and the existing one is taken over.
        preventDuplicateNames: true,
        tags: args.mark === undefined ? [] : [pulumi.interpolate`${markTag}:${args.mark}`],
      },
      {
        parent: this,
        // Separate resources manage both: services may call each other cyclically, and the URI contains the client id.
        ignoreChanges: ["identifierUris", "requiredResourceAccesses"],
        // Never retried: a second attempt would create a second registration.
        hooks: { afterCreate: [applicationVisibility.created] },
      },
    );
    this.applicationId = applicationVisibility.whenVisible(this.application.id);
    this.clientId = applicationVisibility.whenVisible(this.application.clientId);
    // Entra deletes these children with the application. Deleting each one would take 20 s.
    const child = { parent: this, deletedWith: this.application };

    const servicePrincipal = new ServicePrincipal(
      `${name}-service-principal`,
      {
        clientId: this.clientId,
        appRoleAssignmentRequired: true,
        owners,
        // The client id is new, so an existing service principal can only come from an earlier attempt.
        useExisting: true,
      },
      {
        ...child,
        hooks: { afterCreate: [principalVisibility.created], onError: [retriesUntilAdopted(name)] },
      },
    );
    this.servicePrincipalId = principalVisibility.whenVisible(servicePrincipal.objectId);

    this.identifierUri = new ApplicationIdentifierUri(
      `${name}-identifier-uri`,
      { applicationId: this.applicationId, identifierUri: pulumi.interpolate`api://${this.clientId}` },
      { ...child, hooks: { onError: [retriesUnreplicated(name)] } },
    ).identifierUri;
    this.scope = pulumi.interpolate`${this.identifierUri}/.default`;

    this.appRoleIds = Object.fromEntries(
      // Known after Entra has stored the role, so that a grant of a new role is created after the role, in updates too.
      roles.map(({ id, value }) => [value, pulumi.all([id, this.applicationId]).apply(([known]) => known)]),
    );

    // Unlike the other components of a service, with what Azure answers: the deployment ends only after Entra shows both objects.
    this.registerOutputs({
      clientId: this.clientId,
      servicePrincipalId: this.servicePrincipalId,
      identifierUri: this.identifierUri,
      appRoleIds: this.appRoleIds,
    });
  }
}
