import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig";
import { getServicePrincipalOutput } from "@pulumi/azuread/getServicePrincipal";
import { Provider } from "@pulumi/azuread/provider";
import * as pulumi from "@pulumi/pulumi";
import { problemList } from "../packages/validation/problems";
import { ArgumentError, UserError } from "../packages/validation/userError";
import type { CloudName } from "../packages/well-known/clouds";
import { type AlarmSettings, Alarms } from "./alarms";
import { ApplicationPermissionGrant, type ApplicationPermissionGrantArgs } from "./applicationPermissionGrant";
import type { RegistrationDetails } from "./appRegistration";
import type { DirectoryCredential, DirectoryEntry } from "./directory";
import {
  type Call,
  callsOf,
  type ExistingApi,
  type LandscapeDefinition,
  type ServiceDefinition,
} from "./landscapeDefinition";
import { markTag } from "./markTag";
import { certificateSecretName, Microservice, type Workload } from "./microservice";
import { allowedApi, type OtherLandscape, type OtherService } from "./otherLandscape";
import { callName, defaultNames, grantNameOf, type NameTemplates, nameBy, problemsOfNames } from "./resourceNames";
import {
  afterDeployment,
  type IssuedSecret,
  missedRotation,
  nextRotation,
  type RotationPolicy,
  secretsOn,
} from "./rotation";
import type { VaultSettings } from "./serviceVault";
import { type ServiceWorkload, serviceWorkload } from "./serviceWorkload";
import { stackMark } from "./stackMark";

export interface LandscapeArgs {
  /** The services and their calls; see `defineLandscape`. */
  definition: LandscapeDefinition;
  /** Part of every name in Entra and Azure, so that several stacks can share a tenant; for example `dev`. */
  environment: string;
  /** The Azure region, for example `westeurope`. */
  location: pulumi.Input<string>;
  /** How client secrets rotate. */
  rotation: RotationPolicy;
  /** The day that decides which client secrets exist. */
  now: Date;
  /**
   * The {@link Landscape.issued} of the last deployment, from the outputs of the stack: see `outputsOfStack`. `undefined` in the first
   * deployment. It is required, because without it a late deployment would remove a secret before its overlap is over.
   */
  issued: Readonly<Record<string, readonly IssuedSecret[]>> | undefined;
  /** Settings of individual services, by name. */
  services?: Readonly<Record<string, ServiceSettings>>;
  /** The cloud of the tenant. Default: the authority's; without one, `public`. */
  cloud?: CloudName;
  /** The authority that issues the tenant's tokens. Default: the cloud's. */
  authority?: string;
  /** Tags of every resource in Azure, by name. Default: none. */
  tags?: Readonly<Record<string, string>>;
  /** Templates of the names in Entra and Azure. Default: `rg-{landscape}-{environment}` and the like. */
  names?: NameTemplates;
  /** Settings of the services' vaults. */
  vault?: VaultSettings;
  /** The receivers of alarms about secrets that are not rotated; see {@link Alarms}. Default: no alarms. */
  alarms?: AlarmSettings;
  /** The stack is production: the review applies the rules for production to it. Default false. */
  production?: boolean;
  /** Protects registrations, identities and vaults from deletion, until a deployment sets it to false. Default false. */
  protect?: boolean;
  /** The landscapes of other stacks that services here call, by the name in the calls. Default: none. */
  others?: Readonly<Record<string, OtherLandscape>>;
  /**
   * The calls of other landscapes that the last deployment granted or found to be withdrawn, for example `orders → finance/ledger`.
   * If one is no longer allowed, its grant is removed, and everything else is deployed: another team's change must not stop
   * the rotation of this stack. Any other call that is not allowed is an error. Default: none.
   */
  establishedCalls?: readonly string[];
  /**
   * The identity of the environment variables `ARM_…` makes the grants. The default providers, whose client ids are in the
   * stack's settings (`azuread:clientId`), do everything else. So one identity registers and another consents. Default false.
   */
  separateConsent?: boolean;
  /**
   * Which granted roles each registration lists, for people who look at it in the portal under "API permissions": `all`, or only
   * those of APIs `outside` the landscape, such as Microsoft Graph. With `outside` a call inside the landscape is one resource
   * less. The grants are the same. Default `all`.
   */
  listedPermissions?: "all" | "outside";
  /** The object id of the owner of the service principals. Set it if a preview runs as a different identity. Default: the deployer. */
  owner?: string;
}

/** The settings of one service. */
export interface ServiceSettings {
  /** How the service signs in to Entra. Default: client secrets. */
  readonly credential?: { readonly kind: "federated" } | { readonly kind: "certificate"; readonly certificate: string };
  /** How often its client secrets have been revoked. Increasing it issues a new secret and deletes all earlier ones. Default 0. */
  readonly revocations?: number;
  /** The name of its vault. Default: a generated name. */
  readonly vaultName?: string;
  /** Tags of its resources in Azure, in addition to the landscape's. It overrides a tag of the landscape that has the same name. Default: none. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What a tenant may demand of its registration. Default: none. */
  readonly details?: RegistrationDetails;
  /** Where it runs. Default: where Azure assigns its managed identity. */
  readonly workload?: Workload;
  /** The object id of the service principal that deploys its workload. Default: nobody. */
  readonly workloadDeployer?: string;
}

/**
 * Every service of a stack, and every call between them as a grant.
 *
 * @example
 * ```ts
 * import { defineLandscape, Landscape } from "pulumi-microservice-identities";
 *
 * const landscape = new Landscape("shop", {
 *   definition: defineLandscape({
 *     orders: { description: "Takes orders.", appRoles: { "Orders.Read": { description: "Read orders." } } },
 *     reporting: {
 *       description: "Sums up the day.",
 *       appRoles: {},
 *       calls: { orders: { roles: ["Orders.Read"], because: "Counts the orders of the day." } },
 *     },
 *   }),
 *   environment: "prod",
 *   location: "westeurope",
 *   rotation: { since: "2026-11-01", periodDays: 90, overlapDays: 14, validityDays: 180 },
 *   now: new Date(),
 *   // From the outputs of the last deployment: see `outputsOfStack`.
 *   issued: undefined,
 * });
 * export const directory = landscape.directory;
 * ```
 */
export class Landscape extends pulumi.ComponentResource {
  public readonly microservices: Readonly<Record<string, Microservice>>;
  /** The grants by `{caller}-calls-{api}`. */
  public readonly grants: Readonly<Record<string, ApplicationPermissionGrant>>;
  /** The id of the Entra tenant: a GUID. */
  public readonly tenantId: pulumi.Output<string>;
  /** The client secrets that exist now, by service, without their values. The next deployment needs it. */
  public readonly issued: Readonly<Record<string, pulumi.Output<readonly IssuedSecret[]>>>;
  /** The same secrets as plain values, without what only the deployment determines. */
  private readonly secrets: Readonly<Record<string, readonly IssuedSecret[]>>;
  /** All services by name. */
  public readonly directory: pulumi.Output<Record<string, DirectoryEntry>>;
  /** Calls that are not granted yet, because their API's stack has never been deployed; for example `orders → finance/ledger`. */
  public readonly pendingCalls: readonly string[];
  /** Calls that the last deployment granted and that the API's stack no longer allows; for example `orders → finance/ledger`. */
  public readonly withdrawnCalls: readonly string[];
  /** The APIs outside this stack that its services call. */
  private readonly outside: Readonly<Record<string, OutsideApi>>;

  constructor(
    name: string,
    private readonly args: LandscapeArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    // An input, so that it is in the state, where a review reads it; policy packs see only outputs.
    const stated = args.production ? { production: true } : {};
    super("microservice-identities:index:Landscape", name, stated, {
      ...opts,
      transformations: [...(opts?.transformations ?? []), ...(args.protect ? [protectIdentities] : [])],
    });
    const child = { parent: this };
    const services = Object.entries(args.definition.services);
    const problems = problemsOfNames(name, args.environment, Object.keys(args.definition.services), args.names);
    if (problems.length > 0)
      throw new UserError(
        problemList(`the environment "${args.environment}" (the stack's name) leads to invalid names:`, problems),
      );
    const unknown = Object.keys(args.services ?? {}).find((service) => !(service in args.definition.services));
    if (unknown !== undefined)
      throw new ArgumentError(`Landscape ${name}: services`, unknown, Object.keys(args.definition.services).join(", "));
    this.secrets = Object.fromEntries(
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

    const calls = callsOf(args.definition);
    const withdrawn = new Map<string, string>();
    const outside = calls.filter(([, api]) => !(api in args.definition.services));
    this.outside = Object.fromEntries([
      ...Object.entries(args.definition.apis ?? {}).map(([api, existing]) => [api, existingApi(api, existing, child)]),
      ...outside.flatMap(([caller, api, call]) => {
        if (!api.includes("/")) return [];
        const other = this.apiOf(`${name}/${caller}`, callName(caller, api), api, call, withdrawn);
        return other ? [[api, apiElsewhere(other)]] : [];
      }),
    ]);
    this.withdrawnCalls = [...withdrawn.keys()];
    this.pendingCalls = outside
      .filter(([caller, api]) => !this.outside[api] && !withdrawn.has(callName(caller, api)))
      .map(([caller, api]) => callName(caller, api));
    for (const [call, reason] of withdrawn)
      void pulumi.log.warn(`${call} was granted, but no longer is. ${reason}`, this);
    for (const pending of this.pendingCalls)
      void pulumi.log.warn(
        `${pending} is not granted yet: deploy the other stack, and then deploy this one again`,
        this,
      );

    const mark = stackMark(name, this);
    const group = new ResourceGroup(
      `${name}-group`,
      {
        resourceGroupName: nameBy(args.names?.resourceGroup ?? defaultNames.resourceGroup, {
          landscape: name,
          environment: args.environment,
        }),
        location: args.location,
        tags: { ...args.tags, [markTag]: mark },
      },
      child,
    );

    // The grants need every registration, and the client secrets must wait for the grants, which are created further below. The
    // promise is resolved when this constructor returns.
    const grantsOf = (caller: string) =>
      Promise.resolve().then(() =>
        Object.keys(args.definition.services[caller]?.calls ?? {}).flatMap(
          (api) => this.grants[grantNameOf(caller, api)] ?? [],
        ),
      );

    const tagsOf = (service: string) => {
      const tags = { ...args.tags, ...args.services?.[service]?.tags };
      return Object.keys(tags).length > 0 ? tags : undefined;
    };
    this.microservices = Object.fromEntries(
      services.map(([service, { description, appRoles }]) => [
        service,
        new Microservice(
          service,
          {
            description,
            appRoles,
            environment: args.environment,
            landscape: name,
            names: args.names,
            resourceGroupName: group.name,
            location: args.location,
            tenantId: deployer.tenantId,
            owners: [args.owner ?? deployer.objectId],
            mark,
            tags: tagsOf(service),
            details: args.services?.[service]?.details,
            credential: args.services?.[service]?.credential ?? {
              kind: "secret",
              secrets: this.secrets[service] ?? [],
            },
            cloud: args.cloud,
            authority: args.authority,
            vault: args.vault,
            vaultName: args.services?.[service]?.vaultName,
            workload: args.services?.[service]?.workload,
            workloadDeployer: args.services?.[service]?.workloadDeployer,
            grants: grantsOf(service),
          },
          child,
        ),
      ]),
    );

    if (args.alarms) {
      const vaults = Object.entries(this.microservices).flatMap(([service, { vault }]) =>
        vault ? [[service, vault] as const] : [],
      );
      new Alarms(
        name,
        {
          ...args.alarms,
          vaults: Object.fromEntries(vaults),
          resourceGroupName: group.name,
          location: args.location,
          deployerObjectId: args.owner ?? deployer.objectId,
          workspace: vaults.length > 0 ? args.vault?.diagnostics?.workspace : undefined,
          tags: args.tags,
        },
        child,
      );
    }

    this.issued = Object.fromEntries(
      Object.entries(this.secrets).map(([service, secrets]) => [service, this.writtenSecrets(service, secrets)]),
    );

    // Without arguments, the provider reads its identity from the environment, so a different identity does not change the resource.
    const consenter = args.separateConsent ? new Provider(`${name}-consent`, {}, child) : undefined;
    this.grants = Object.fromEntries(
      calls.flatMap(([caller, api, call]) => {
        const isInside = api in args.definition.services;
        const callee = isInside ? this.registrationOf(api) : this.outside[api];
        const listed = !(isInside && args.listedPermissions === "outside");
        if (!callee || withdrawn.has(callName(caller, api))) return [];
        const grant = new ApplicationPermissionGrant(
          grantNameOf(caller, api),
          { ...call, caller: this.registrationOf(caller), api: callee, listed, consenter },
          child,
        );
        return [[grantNameOf(caller, api), grant]];
      }),
    );

    this.directory = pulumi.output(
      Object.fromEntries(services.map(([service, definition]) => [service, this.directoryEntry(service, definition)])),
    );
    this.registerOutputs({ directory: this.directory, ...stated });
  }

  /** The identity and the environment of a service, for the workload that runs it; see {@link serviceWorkload}. */
  workload(service: string): ServiceWorkload {
    const { cloud, authority } = this.args;
    return serviceWorkload(
      pulumi
        .all([this.tenantId, this.directory])
        .apply(([tenantId, directory]) => ({ tenantId, cloud, authority, directory })),
      service,
    );
  }

  /** The API of a call in another landscape; none if that has not been deployed, or has withdrawn what was granted. */
  private apiOf(
    qualifiedCaller: string,
    call: string,
    api: string,
    wanted: Pick<Call, "roles">,
    withdrawn: Map<string, string>,
  ): OtherService | undefined {
    try {
      return allowedApi(qualifiedCaller, api, wanted, this.args.others ?? {});
    } catch (error) {
      if (!(error instanceof UserError) || !this.args.establishedCalls?.includes(call)) throw error;
      withdrawn.set(call, error.message);
      return undefined;
    }
  }

  private registrationOf(service: string) {
    const microservice = this.microservices[service];
    if (!microservice)
      throw new UserError(
        `there is no service "${service}" in the landscape; its services are ${Object.keys(this.microservices).join(", ")}`,
      );
    return microservice.registration;
  }

  /** The secrets with what the deployment has published, and its version in the vault. */
  private writtenSecrets(service: string, secrets: readonly IssuedSecret[]): pulumi.Output<readonly IssuedSecret[]> {
    const { secret } = this.microservices[service] ?? {};
    return pulumi
      .all([secret?.published, secret?.version])
      .apply(([published = "", version]) => afterDeployment(secrets, published, version));
  }

  private credentialOf(service: string): pulumi.Input<DirectoryCredential> {
    const { secret, certificate } = this.microservices[service] as Microservice;
    if (secret) {
      const { secretName, keyIds, expires } = secret;
      const next = nextRotation(this.args.now, this.args.rotation, service, this.secrets[service]?.at(-1));
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

  private directoryEntry(service: string, { calls = {}, allowedCallers }: ServiceDefinition) {
    const { registration, vault, identityClientId, identityId } = this.microservices[service] as Microservice;
    const { workload } = this.args.services?.[service] ?? {};
    const inside: Record<string, string[]> = {};
    const outside: Record<string, { scope: pulumi.Output<string>; roles: string[] }> = {};
    for (const [api, call] of Object.entries(calls)) {
      const roles = [...call.roles].sort();
      const { scope } = this.outside[api] ?? {};
      if (api in this.args.definition.services) inside[api] = roles;
      else if (scope && !this.withdrawnCalls.includes(callName(service, api))) outside[api] = { scope, roles };
    }
    return {
      clientId: registration.clientId,
      identifierUri: registration.identifierUri,
      scope: registration.scope,
      objectId: registration.servicePrincipalId,
      roleIds: registration.appRoleIds,
      ...(vault ? { vaultId: vault.vaultId, vaultUri: vault.vaultUri, vaultAuthorization: vault.authorization } : {}),
      ...(vault?.readerRole === undefined ? {} : { vaultReaderRole: vault.readerRole }),
      credential: this.credentialOf(service),
      ...(identityClientId ? { identityClientId, identityId } : {}),
      ...(workload ? { workload: { kubernetes: [workload.kubernetes].flat() } } : {}),
      calls: inside,
      ...(Object.keys(outside).length > 0 ? { callsOutside: outside } : {}),
      ...(allowedCallers
        ? {
            allowedCallers: Object.fromEntries(Object.entries(allowedCallers).map(([who, roles]) => [who, [...roles]])),
          }
        : {}),
    };
  }
}

type OutsideApi = ApplicationPermissionGrantArgs["api"] & { readonly scope: pulumi.Output<string> };

const apiElsewhere = ({ clientId, objectId, scope, roleIds }: OtherService): OutsideApi => ({
  clientId: pulumi.output(clientId),
  servicePrincipalId: pulumi.output(objectId),
  scope: pulumi.output(scope),
  appRoleIds: Object.fromEntries(Object.entries(roleIds).map(([role, id]) => [role, pulumi.output(id)])),
});

/** An existing API by its client id. Its service principal is looked up in every preview and deployment. */
function existingApi(name: string, { clientId, appRoles }: ExistingApi, opts: pulumi.InvokeOutputOptions): OutsideApi {
  const { objectId, appRoleIds } = getServicePrincipalOutput({ clientId }, opts);
  const idOf = (role: string) =>
    appRoleIds.apply((ids: Record<string, string> | undefined) => {
      // An offline review does not know the ids.
      if (ids === undefined) return undefined as unknown as string;
      const id = ids[role];
      if (id === undefined)
        throw new ArgumentError(`apis.${name}.appRoles`, role, `an app role of ${clientId} for applications`);
      return id;
    });
  return {
    clientId: pulumi.output(clientId),
    servicePrincipalId: objectId,
    scope: pulumi.output(`${clientId}/.default`),
    appRoleIds: Object.fromEntries(appRoles.map((role) => [role, idOf(role)])),
  };
}

/** Resources that others depend on, or that cannot be recreated unchanged. Roles, grants and secrets are not protected. */
const irreplaceable = [
  "azuread:index/application:Application",
  "azuread:index/servicePrincipal:ServicePrincipal",
  "azure-native:keyvault:Vault",
  "azure-native:managedidentity:UserAssignedIdentity",
  "azure-native:resources:ResourceGroup",
];

const protectIdentities: pulumi.ResourceTransformation = ({ type, props, opts }) =>
  irreplaceable.includes(type) ? { props, opts: { ...opts, protect: true } } : undefined;
