import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import { AppRoleAssignment } from "@pulumi/azuread/appRoleAssignment";
import { getServicePrincipalOutput } from "@pulumi/azuread/getServicePrincipal";
import * as pulumi from "@pulumi/pulumi";
import { type CloudName, cloudOf } from "../packages/well-known/clouds";
import { microsoftGraph } from "../packages/well-known/microsoftGraph";
import { trustTokens } from "./identityTrust";

/** A job whose tokens an identity accepts. */
export interface TrustedJob {
  /** The name of the credential: 3 to 120 letters, digits, hyphens and underscores. */
  readonly name: string;
  /** `https://token.actions.githubusercontent.com`, or the issuer of an Azure DevOps service connection. */
  readonly issuer: string;
  /** The subject of the job's tokens, for example `repo:acme/shop:environment:prod`. */
  readonly subject: string;
}

export interface PipelineIdentityArgs {
  resourceGroupName: pulumi.Input<string>;
  /** The Azure region, for example `westeurope`. */
  location: pulumi.Input<string>;
  /** The application permissions of Microsoft Graph that it gets, for example `Application.ReadWrite.OwnedBy`. */
  graphPermissions: readonly string[];
  /** The jobs that can sign in as the identity. */
  trusts: readonly TrustedJob[];
  /** The cloud of the tenant, which determines the audience of the jobs' tokens. Default `public`. */
  cloud?: CloudName;
  /**
   * Protects the identity from deletion and replacement: a new one, even of the same name, owns nothing of what pipelines have
   * deployed as the old one. Default false.
   */
  protect?: boolean;
}

/**
 * The identity that a pipeline signs in as: a managed identity, because it can have neither an owner nor a secret. Only the
 * jobs that it trusts can sign in as it.
 *
 * @example
 * ```ts
 * import { PipelineIdentity } from "pulumi-microservice-identities";
 *
 * const registrar = new PipelineIdentity("registrar-prod", {
 *   resourceGroupName: "rg-pipelines-prod",
 *   location: "westeurope",
 *   graphPermissions: ["Application.ReadWrite.OwnedBy", "Application.Read.All"],
 *   trusts: [
 *     {
 *       name: "github-prod",
 *       issuer: "https://token.actions.githubusercontent.com",
 *       subject: "repo:acme/shop:environment:prod",
 *     },
 *   ],
 * });
 * export const clientId = registrar.clientId;
 * ```
 */
export class PipelineIdentity extends pulumi.ComponentResource {
  /** The client id with which the job signs in: `ARM_CLIENT_ID`. */
  public readonly clientId: pulumi.Output<string>;
  /** The object id of its service principal. */
  public readonly principalId: pulumi.Output<string>;

  constructor(name: string, args: PipelineIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:PipelineIdentity", name, {}, opts);
    const child = { parent: this };
    const identity = new UserAssignedIdentity(
      `${name}-identity`,
      { resourceGroupName: args.resourceGroupName, resourceName: `id-${name}`, location: args.location },
      args.protect ? { ...child, protect: true } : child,
    );
    this.clientId = identity.clientId;
    this.principalId = identity.principalId;

    const { resourceGroupName } = args;
    trustTokens(name, { identity, resourceGroupName, audience: cloudOf(args).tokenExchange }, args.trusts, this);

    const graph = getServicePrincipalOutput({ clientId: microsoftGraph }, child);
    for (const permission of args.graphPermissions) {
      new AppRoleAssignment(
        `${name}-${permission}`,
        {
          appRoleId: graph.appRoleIds.apply((ids) => ids[permission] as string),
          principalObjectId: identity.principalId,
          resourceObjectId: graph.objectId,
        },
        child,
      );
    }
    this.registerOutputs({ clientId: this.clientId, principalId: this.principalId });
  }
}
