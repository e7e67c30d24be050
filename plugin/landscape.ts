import * as pulumi from "@pulumi/pulumi";
import { Landscape as Component, type ServiceSettings } from "../components/landscape";
import { parseLandscape } from "../components/landscapeDefinition";
import { checkRotation, defaultRotation, secretsOnSchedule } from "../components/rotation";
import type { VaultSettings } from "../components/serviceVault";
import { startOf } from "../packages/validation/days";
import { isoDate, oneOf } from "../packages/validation/formats";
import { ArgumentError } from "../packages/validation/userError";
import { cloudNames } from "../packages/well-known/clouds";
import { type AppRole, appRolesFrom } from "./appRegistration";

/** One service's need to call another. */
export interface Call {
  /** The values of the API's app roles that the caller gets. */
  roles: string[];
  /** Why the caller needs them, for reviewers. */
  because: string;
  /** The last day of the grant, for example 2027-03-31. Default: no end. */
  until?: string;
}

/** A microservice: the roles that it exposes, and the calls that it makes. */
export interface Service {
  /** What the service is for. */
  description: string;
  /** The app roles that its API exposes, by value. Default: none. */
  appRoles?: Record<string, AppRole>;
  /** The services that it calls, by name. Default: none. */
  calls?: Record<string, Call>;
  /** Whether it uses its managed identity instead of a secret. Default: false, client secrets that rotate into its own vault. */
  federated?: boolean;
  /** Instead of a secret: its public certificate, PEM. The team itself stores the private key in the vault. Default: none. */
  certificate?: string;
  /** The service accounts in Kubernetes whose pods run as the service: at most 20. Default: none. */
  kubernetes?: KubernetesAccount[];
  /** The name of its vault. Default: a generated name. */
  vaultName?: string;
  /** Tags of its resources in Azure, in addition to the landscape's. Default: none. */
  tags?: Record<string, string>;
  /** The object id of the service principal that deploys its workload. Default: nobody. */
  workloadDeployer?: string;
  /** How often its client secrets have been revoked. Increasing it issues a new secret and deletes all earlier ones. Default: 0. */
  revocations?: number;
  /** What a tenant may demand of its registration. Default: none. */
  registration?: Registration;
}

/** A service account in Kubernetes. */
export interface KubernetesAccount {
  /** The issuer of the cluster's tokens, with the slash at its end. */
  issuer: string;
  /** The namespace of the account. */
  namespace: string;
  /** The name of the account. */
  serviceAccount: string;
}

/** What a tenant may demand of a registration. */
export interface Registration {
  /** The service in the company's catalogue. */
  serviceManagementReference?: string;
  /** For people who look at the registration in Entra. */
  notes?: string;
  /** Object ids of people who own the registration in addition to the deployer. */
  owners?: string[];
}

/** How client secrets rotate. */
export interface Rotation {
  /** The first day of the landscape, for example 2026-11-01. */
  since: string;
  /** Days from one client secret to the next. Default: 90. */
  periodDays?: number;
  /** Days for which the previous secret stays valid alongside the new one. Default: 14. */
  overlapDays?: number;
  /** Days until a client secret expires, at most 180. Default: 180. */
  validityDays?: number;
}

/** Settings of the services' vaults. */
export interface Vault {
  /** Days for which a deleted vault or secret can be recovered: 7 to 90. Default: 90. */
  retentionDays?: number;
  /** Nobody can purge a deleted vault or secret before its retention ends. Cannot be turned off later. Default: true. */
  purgeProtection?: boolean;
  /** What controls access to secrets: accessPolicies (the default), rbac, or migrating between the two. */
  authorization?: string;
  /** With rbac and migrating: the GUID of the role that a service gets on its vault. Default: Key Vault Secrets User. */
  readerRole?: string;
  /** Set to disabled: secrets can be read only through private endpoints. Default: enabled. */
  publicNetworkAccess?: string;
  /** The resource id of the subnet of a private endpoint for each vault. Default: no endpoint. */
  endpointSubnet?: string;
  /** The resource id of the private DNS zone of the endpoints. Default: none. */
  endpointDnsZone?: string;
  /** The resource id of the Log Analytics workspace for the audit logs. Default: none. */
  workspace?: string;
  /** Public IPv4 addresses that can read secrets. If this or subnets is set, all other networks are refused. */
  ipRules?: string[];
  /** Resource ids of subnets that can read secrets. */
  subnets?: string[];
}

export interface LandscapeArgs {
  /** The services by name. Calls that are not declared here are refused. */
  services: Record<string, Service>;
  /** Part of every name, so that several landscapes can share a tenant; for example dev. */
  environment: string;
  /** The Azure region, for example westeurope. */
  location: pulumi.Input<string>;
  /** How client secrets rotate. */
  rotation: Rotation;
  /** Settings of the services' vaults. */
  vault?: Vault;
  /** Tags of every resource in Azure, by name. Default: none. */
  tags?: Record<string, string>;
  /** The resource id of the action group that Azure notifies when a secret is not rotated. Default: no alarms. */
  alarmActionGroup?: string;
  /** The cloud of the tenant: public (the default), usgovernment or china. */
  cloud?: string;
  /** The authority that issues the tenant's tokens. Default: the cloud's. */
  authority?: string;
  /** The stack is production: the review applies the rules for production to it. Default: false. */
  production?: boolean;
  /** Protects registrations, identities and vaults from deletion. Default: false. */
  protect?: boolean;
  /** The identity of the environment variables ARM_… makes the grants, and the default providers do everything else. Default: false. */
  separateConsent?: boolean;
  /** The object id of the owner of the service principals. Default: the deployer. */
  owner?: string;
  /** The day to deploy for, instead of today: for tests and replays. */
  date?: string;
}

/** Every service of a stack, each with its own identity and vault, and every call between them as a grant. */
export class Landscape extends pulumi.ComponentResource {
  /** The id of the Entra tenant: a GUID. */
  public readonly tenantId: pulumi.Output<string>;
  /** The application (client) id of each service, by name. */
  public readonly clientIds: pulumi.Output<Record<string, string>>;
  /** The scope that a caller of each service requests, by name. */
  public readonly scopes: pulumi.Output<Record<string, string>>;
  /** The address of the vault of each service that has one, by name. */
  public readonly vaultUris: pulumi.Output<Record<string, string>>;
  /** The client id of each service's managed identity, by name. */
  public readonly identityClientIds: pulumi.Output<Record<string, string>>;
  /** The Azure resource id of each service's managed identity, by name: assign it to the workload. */
  public readonly identityIds: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: LandscapeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("microservice-identities:index:Landscape", name, {}, opts);
    const services = Object.entries(args.services);
    const where = `Landscape ${name}`;
    const definition = parseLandscape(
      {
        services: Object.fromEntries(
          services.map(([service, { description, calls, appRoles = {} }]) => [
            service,
            { description, ...(calls ? { calls } : {}), appRoles: appRolesFrom(appRoles) },
          ]),
        ),
      },
      where,
    );
    if (args.date !== undefined && !isoDate.accepts(args.date))
      throw new ArgumentError(`${where}: date`, args.date, isoDate.allowed);
    const now = args.date === undefined ? new Date() : startOf(args.date);
    const rotation = { ...defaultRotation, ...args.rotation };
    checkRotation(rotation);
    const landscape = new Component(
      name,
      {
        definition,
        environment: args.environment,
        location: args.location,
        rotation,
        now,
        // A component in another program does not know the last outputs of that program.
        issued: Object.fromEntries(
          services.map(([service, { revocations = 0 }]) => [
            service,
            // Each with the present counter: a later rotation keeps the overlap.
            secretsOnSchedule(now, rotation, service).map((secret) => ({ ...secret, revocations })),
          ]),
        ),
        vault: args.vault && vaultSettings(where, args.vault),
        services: Object.fromEntries(
          services.map(([service, given]) => [service, serviceSettings(`${where}: services.${service}`, given)]),
        ),
        tags: args.tags,
        alarms: args.alarmActionGroup === undefined ? undefined : { actionGroup: args.alarmActionGroup },
        cloud: chosen(`${where}: cloud`, args.cloud, cloudNames),
        authority: args.authority,
        production: args.production,
        protect: args.protect,
        separateConsent: args.separateConsent,
        owner: args.owner,
      },
      { parent: this },
    );
    const each = (property: "clientId" | "scope" | "vaultUri" | "identityClientId" | "identityId") =>
      landscape.directory.apply((directory) =>
        Object.fromEntries(
          Object.entries(directory).flatMap(([service, entry]) => {
            const value = entry[property];
            return value === undefined ? [] : [[service, value]];
          }),
        ),
      );
    this.tenantId = landscape.tenantId;
    this.clientIds = each("clientId");
    this.scopes = each("scope");
    this.vaultUris = each("vaultUri");
    this.identityClientIds = each("identityClientId");
    this.identityIds = each("identityId");
    this.registerOutputs({
      tenantId: this.tenantId,
      clientIds: this.clientIds,
      scopes: this.scopes,
      vaultUris: this.vaultUris,
      identityClientIds: this.identityClientIds,
      identityIds: this.identityIds,
    });
  }
}

/** Checks that a string is one of the given values: the schema of a plugin cannot express this. @throws ArgumentError */
function chosen<T extends string>(where: string, given: string | undefined, values: readonly T[]): T | undefined {
  if (given === undefined) return undefined;
  const found = values.find((value) => value === given);
  if (found !== undefined) return found;
  throw new ArgumentError(where, given, oneOf(...values).allowed);
}

function vaultSettings(where: string, given: Vault): VaultSettings {
  const { ipRules, subnets, endpointSubnet, endpointDnsZone, workspace, ...rest } = given;
  if (endpointDnsZone !== undefined && endpointSubnet === undefined)
    throw new ArgumentError(`${where}: vault.endpointDnsZone`, endpointDnsZone, "only together with endpointSubnet");
  return {
    ...rest,
    authorization: chosen(`${where}: vault.authorization`, given.authorization, [
      "accessPolicies",
      "migrating",
      "rbac",
    ] as const),
    publicNetworkAccess: chosen(`${where}: vault.publicNetworkAccess`, given.publicNetworkAccess, [
      "enabled",
      "disabled",
    ] as const),
    ...(ipRules || subnets ? { network: { ipRules, subnets } } : {}),
    ...(endpointSubnet === undefined ? {} : { privateEndpoint: { subnet: endpointSubnet, dnsZone: endpointDnsZone } }),
    ...(workspace === undefined ? {} : { diagnostics: { workspace } }),
  };
}

function serviceSettings(where: string, given: Service): ServiceSettings {
  const { federated, certificate, kubernetes, vaultName, tags, revocations, registration, workloadDeployer } = given;
  if (federated && certificate !== undefined)
    throw new ArgumentError(`${where}.certificate`, certificate, "only without federated");
  return {
    ...(federated ? { credential: { kind: "federated" } } : {}),
    ...(certificate === undefined ? {} : { credential: { kind: "certificate", certificate } }),
    ...(kubernetes ? { workload: { kubernetes } } : {}),
    vaultName,
    tags,
    revocations,
    details: registration,
    workloadDeployer,
  };
}
