import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig";
import * as pulumi from "@pulumi/pulumi";
import { ApplicationPermissionGrant } from "./applicationPermissionGrant";
import type { LandscapeDefinition } from "./landscapeDefinition";
import { Microservice } from "./microservice";
import { activeWindows, type RotationPolicy } from "./rotation";
import type { VaultSettings } from "./serviceVault";
import { UserError } from "./validation";

export interface LandscapeArgs {
  /** The services and their calls; see `defineLandscape`. */
  definition: LandscapeDefinition;
  /** Tells this landscape apart from others of the tenant: part of every name in Entra and Azure, as in `dev`. */
  environment: string;
  /** The Azure region, as in `westeurope`. */
  location: pulumi.Input<string>;
  /** How often client secrets are renewed. */
  rotation: RotationPolicy;
  /** The day that decides which client secrets exist. */
  now: Date;
  /** How the services' vaults are kept. */
  vault?: VaultSettings;
}

/** What other people and programs need to know of a service. It holds no secret. */
export interface DirectoryEntry {
  /** The application (client) id that the service signs in with: a GUID. */
  clientId: string;
  /** `api://{client id}`. */
  identifierUri: string;
  /** What a caller asks a token for: `api://{client id}/.default`. */
  scope: string;
  /** The object id of the service principal: the `oid` of the service's tokens. */
  objectId: string;
  /** The id of each app role by its value. */
  roleIds: Record<string, string>;
  /** Where the service's vault answers. */
  vaultUri: string;
  /** The name of the client secret in the vault. */
  secretName: string;
  /** When the newest client secret expires, RFC 3339. */
  secretExpires: string;
  /** The client id of the managed identity that reads the vault. */
  identityClientId: string;
  /** The Azure resource id of that identity. */
  identityId: string;
  /** The declared calls: the roles that this service holds, by the callee's name. */
  calls: Record<string, string[]>;
}

/** Every service of a stack, and every call between them as a grant. */
export class Landscape extends pulumi.ComponentResource {
  public readonly microservices: Readonly<Record<string, Microservice>>;
  /** The grants by `{caller}-calls-{api}`. */
  public readonly grants: Readonly<Record<string, ApplicationPermissionGrant>>;
  /** The Entra tenant that everything lives in: a GUID. */
  public readonly tenantId: pulumi.Output<string>;
  /** All services by name. */
  public readonly directory: pulumi.Output<Record<string, DirectoryEntry>>;

  constructor(name: string, args: LandscapeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:Landscape", name, {}, opts);
    const child = { parent: this };
    const services = Object.entries(args.definition.services);
    const deployer = getClientConfigOutput(child);
    this.tenantId = deployer.tenantId;

    const group = new ResourceGroup(
      `${name}-group`,
      { resourceGroupName: `rg-${name}-${args.environment}`, location: args.location },
      child,
    );

    // The grants need every registration, and the client secrets wait for the grants: they are made further down, but
    // still in this constructor, so a promise of them is kept as soon as it returns.
    const grantsOf = (caller: string) =>
      Promise.resolve().then(() =>
        Object.keys(args.definition.services[caller]?.calls ?? {}).flatMap(
          (api) => this.grants[grantName(caller, api)] ?? [],
        ),
      );

    this.microservices = Object.fromEntries(
      services.map(([service, { description, appRoles }]) => [
        service,
        new Microservice(
          service,
          {
            description,
            appRoles,
            environment: args.environment,
            resourceGroupName: group.name,
            location: args.location,
            tenantId: deployer.tenantId,
            owners: [deployer.objectId],
            windows: activeWindows(args.now, args.rotation, service),
            vault: args.vault,
            grants: grantsOf(service),
          },
          child,
        ),
      ]),
    );

    this.grants = Object.fromEntries(
      services.flatMap(([caller, { calls }]) =>
        Object.entries(calls ?? {}).map(([api, call]) => [
          grantName(caller, api),
          new ApplicationPermissionGrant(
            grantName(caller, api),
            { ...call, caller: this.registrationOf(caller), api: this.registrationOf(api) },
            child,
          ),
        ]),
      ),
    );

    this.directory = pulumi.output(
      Object.fromEntries(services.map(([service, { calls }]) => [service, this.directoryEntry(service, calls ?? {})])),
    );
    this.registerOutputs({ directory: this.directory });
  }

  private registrationOf(service: string) {
    const microservice = this.microservices[service];
    if (!microservice) throw new UserError(`there is no service "${service}" in the landscape`);
    return microservice.registration;
  }

  private directoryEntry(service: string, calls: NonNullable<LandscapeDefinition["services"][string]["calls"]>) {
    const { registration, vault, secret, identityClientId, identityId } = this.microservices[service] as Microservice;
    return {
      clientId: registration.clientId,
      identifierUri: registration.identifierUri,
      scope: registration.scope,
      objectId: registration.servicePrincipalId,
      roleIds: registration.appRoleIds,
      vaultUri: vault.vaultUri,
      secretName: secret.secretName,
      secretExpires: secret.expires,
      identityClientId,
      identityId,
      calls: Object.fromEntries(Object.entries(calls).map(([api, { roles }]) => [api, [...roles].sort()])),
    };
  }
}

const grantName = (caller: string, api: string): string => `${caller}-calls-${api}`;
