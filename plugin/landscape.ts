import * as pulumi from "@pulumi/pulumi";
import { Landscape as Component } from "../components/landscape";
import { parseLandscape } from "../components/landscapeDefinition";
import { checkRotation, defaultRotation, secretsOnSchedule } from "../components/rotation";
import { startOf } from "../packages/validation/days";
import { isoDate } from "../packages/validation/formats";
import { ArgumentError } from "../packages/validation/userError";
import { type AppRoleArgs, appRolesFrom } from "./appRegistration";

/** One service's need to call another. */
export interface CallArgs {
  /** The values of the API's app roles that the caller gets. */
  roles: string[];
  /** Why the caller needs them, for reviewers. */
  because: string;
  /** The last day of the grant, for example 2027-03-31. Default: no end. */
  until?: string;
}

/** A microservice: the roles that it exposes, and the calls that it makes. */
export interface ServiceArgs {
  /** What the service is for. */
  description: string;
  /** The app roles that its API exposes, by value. Default: none. */
  appRoles?: Record<string, AppRoleArgs>;
  /** The services that it calls, by name. Default: none. */
  calls?: Record<string, CallArgs>;
  /** Whether it uses its managed identity instead of a secret. Default: false, client secrets that rotate into its own vault. */
  federated?: boolean;
}

/** How client secrets rotate. */
export interface RotationArgs {
  /** The first day of the landscape, for example 2026-11-01. */
  since: string;
  /** Days from one client secret to the next. Default: 90. */
  periodDays?: number;
  /** Days for which the previous secret stays valid beside the new one. Default: 14. */
  overlapDays?: number;
  /** Days until a client secret expires, at most 180. Default: 180. */
  validityDays?: number;
}

/** Settings of the services' vaults. */
export interface VaultArgs {
  /** Days for which a deleted vault or secret can be recovered: 7 to 90. Default: 90. */
  retentionDays?: number;
  /** Nobody can purge a deleted vault or secret before its retention ends. Cannot be turned off later. Default: true. */
  purgeProtection?: boolean;
  /** What controls access to secrets: accessPolicies (the default) or rbac. */
  authorization?: string;
  /** Public IPv4 addresses that can read secrets. If this or subnets is set, all other networks are refused. */
  ipRules?: string[];
  /** Resource ids of subnets that can read secrets. */
  subnets?: string[];
}

export interface LandscapeArgs {
  /** The services by name. Calls that are not declared here are refused. */
  services: Record<string, ServiceArgs>;
  /** Part of every name, so that several landscapes can share a tenant; for example dev. */
  environment: string;
  /** The Azure region, for example westeurope. */
  location: pulumi.Input<string>;
  /** How client secrets rotate. */
  rotation: RotationArgs;
  /** Settings of the services' vaults. */
  vault?: VaultArgs;
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
    const { ipRules, subnets, ...vault } = args.vault ?? {};
    const network = ipRules || subnets ? { network: { ipRules, subnets } } : {};
    const definition = parseLandscape(
      {
        services: Object.fromEntries(
          services.map(([service, { federated: _, appRoles = {}, ...declared }]) => [
            service,
            { ...declared, appRoles: appRolesFrom(appRoles) },
          ]),
        ),
      },
      `Landscape ${name}`,
    );
    if (args.date !== undefined && !isoDate.accepts(args.date))
      throw new ArgumentError(`Landscape ${name}: date`, args.date, isoDate.allowed);
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
        issued: Object.fromEntries(services.map(([service]) => [service, secretsOnSchedule(now, rotation, service)])),
        vault: { ...vault, authorization: vault.authorization as "accessPolicies" | "rbac" | undefined, ...network },
        services: Object.fromEntries(
          services.map(([service, { federated }]) => [
            service,
            federated ? { credential: { kind: "federated" as const } } : {},
          ]),
        ),
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
