import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig";
import * as pulumi from "@pulumi/pulumi";
import { ApplicationPermissionGrant } from "./applicationPermissionGrant";
import type { LandscapeDefinition } from "./landscapeDefinition";
import { certificateSecretName, Microservice } from "./microservice";
import { type IssuedSecret, missedRotation, nextRotation, type RotationPolicy, secretsOn } from "./rotation";
import type { VaultAuthorization, VaultSettings } from "./serviceVault";
import { ArgumentError, UserError } from "./validation";

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
  /** What the last deployment issued, by service: its {@link Landscape.issued}. Default: nothing, the first deployment. */
  issued?: Readonly<Record<string, readonly IssuedSecret[]>>;
  /** What differs from service to service, by name. */
  services?: Readonly<Record<string, ServiceSettings>>;
  /** Where the tenant's tokens come from. Default `https://login.microsoftonline.com`. */
  authority?: string;
  /** How the services' vaults are kept. */
  vault?: VaultSettings;
  /** Registrations, identities and vaults cannot be deleted until this is taken off in a deployment of its own. Default false. */
  protect?: boolean;
}

/** What a stack decides for one service. */
export interface ServiceSettings {
  /** How it proves who it is. Default: client secrets. */
  readonly credential?: { readonly kind: "federated" } | { readonly kind: "certificate"; readonly certificate: string };
  /** How often its client secrets have been revoked. One more reissues them at once, and ends the ones before. Default 0. */
  readonly revocations?: number;
}

/** A service's credential, as the outputs tell of it. */
export type DirectoryCredential =
  | {
      kind: "secret";
      /** The name of the client secret in the vault. */
      secretName: string;
      /** The key ids in Entra, oldest first. */
      keyIds: string[];
      /** When the newest one expires, RFC 3339. */
      expires: string;
      /** The day of the next rotation. */
      nextRotation: string;
    }
  | {
      kind: "certificate";
      /** The name under which the team keeps the private key, PEM, in the vault. */
      secretName: string;
      /** SHA-256 of the certificate, hexadecimal. */
      thumbprint: string;
      keyIds: string[];
      expires: string;
    }
  | { kind: "federated" };

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
  /** Where the service's vault answers; none when it has no secret. */
  vaultUri?: string;
  /** By what the service may read it. By `rbac` it may list too: Azure's narrowest role for a reader of secrets includes that. */
  vaultAuthorization?: VaultAuthorization;
  /** How it proves who it is. */
  credential: DirectoryCredential;
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
  /** The client secrets that exist now, by service, for the next deployment to know. None of their values. */
  public readonly issued: Readonly<Record<string, readonly IssuedSecret[]>>;
  /** All services by name. */
  public readonly directory: pulumi.Output<Record<string, DirectoryEntry>>;

  constructor(
    name: string,
    private readonly args: LandscapeArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(
      "microservice-identities:index:Landscape",
      name,
      {},
      {
        ...opts,
        transformations: [...(opts?.transformations ?? []), ...(args.protect ? [protectIdentities] : [])],
      },
    );
    const child = { parent: this };
    const services = Object.entries(args.definition.services);
    const unknown = Object.keys(args.services ?? {}).find((service) => !(service in args.definition.services));
    if (unknown !== undefined)
      throw new ArgumentError(`Landscape ${name}: services`, unknown, Object.keys(args.definition.services).join(", "));
    this.issued = Object.fromEntries(
      services
        .filter(([service]) => args.services?.[service]?.credential === undefined)
        .map(([service]) => {
          const { [service]: before = [] } = args.issued ?? {};
          const missed = missedRotation(args.now, args.rotation, service, before);
          if (missed !== undefined) void pulumi.log.warn(missed, this);
          return [service, secretsOn(args.now, args.rotation, service, before, args.services?.[service]?.revocations)];
        }),
    );
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
            credential: args.services?.[service]?.credential ?? {
              kind: "secret",
              secrets: this.issued[service] ?? [],
            },
            authority: args.authority,
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

  private credentialOf(service: string): pulumi.Input<DirectoryCredential> {
    const { secret, certificate } = this.microservices[service] as Microservice;
    if (secret) {
      const { secretName, keyIds, expires } = secret;
      const next = nextRotation(this.args.now, this.args.rotation, service, this.issued[service]?.at(-1));
      return pulumi.output({ kind: "secret" as const, secretName, keyIds, expires, nextRotation: next });
    }
    if (certificate) {
      const { thumbprint, keyId, expires } = certificate;
      const keyIds = [keyId];
      return pulumi.output({
        kind: "certificate" as const,
        secretName: certificateSecretName,
        thumbprint,
        keyIds,
        expires,
      });
    }
    return { kind: "federated" };
  }

  private directoryEntry(service: string, calls: NonNullable<LandscapeDefinition["services"][string]["calls"]>) {
    const { registration, vault, identityClientId, identityId } = this.microservices[service] as Microservice;
    return {
      clientId: registration.clientId,
      identifierUri: registration.identifierUri,
      scope: registration.scope,
      objectId: registration.servicePrincipalId,
      roleIds: registration.appRoleIds,
      ...(vault ? { vaultUri: vault.vaultUri, vaultAuthorization: vault.authorization } : {}),
      credential: this.credentialOf(service),
      identityClientId,
      identityId,
      calls: Object.fromEntries(Object.entries(calls).map(([api, { roles }]) => [api, [...roles].sort()])),
    };
  }
}

/** What others rely on, or what cannot be made again as it was. Roles, grants and secrets come and go under it. */
const irreplaceable = [
  "azuread:index/applicationRegistration:ApplicationRegistration",
  "azuread:index/servicePrincipal:ServicePrincipal",
  "azure-native:keyvault:Vault",
  "azure-native:managedidentity:UserAssignedIdentity",
  "azure-native:resources:ResourceGroup",
];

const protectIdentities: pulumi.ResourceTransformation = ({ type, props, opts }) =>
  irreplaceable.includes(type) ? { props, opts: { ...opts, protect: true } } : undefined;

const grantName = (caller: string, api: string): string => `${caller}-calls-${api}`;
