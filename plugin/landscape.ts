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
  /** The values of the callee's app roles that the caller gets. */
  roles: string[];
  /** Why the caller needs them, for the reviewer. */
  because: string;
  /** The last day of the need, as in 2027-03-31. Default: no end. */
  until?: string;
}

/** A microservice: what it offers, and what it calls. */
export interface ServiceArgs {
  /** What the service is for. */
  description: string;
  /** The app roles that its API exposes, by their value. Default: none. */
  appRoles?: Record<string, AppRoleArgs>;
  /** The services that it calls, by their name. Default: none. */
  calls?: Record<string, CallArgs>;
  /** Its managed identity and no secret at all. Default: client secrets that rotate into its own vault. */
  federated?: boolean;
}

/** How often client secrets are renewed. */
export interface RotationArgs {
  /** The day that the rotation counts from, as in 2026-11-01. */
  since: string;
  /** How often a client secret is renewed. Default: 90. */
  periodDays?: number;
  /** How long the one before stays valid. Default: 14. */
  overlapDays?: number;
  /** When a client secret ends, at most 180. Default: 180. */
  validityDays?: number;
}

/** How the services' vaults are kept. */
export interface VaultArgs {
  /** Days for which what is deleted can be recovered: 7 to 90. Default: 90. */
  retentionDays?: number;
  /** Nobody can purge what was deleted before its time. Cannot be taken back. Default: true. */
  purgeProtection?: boolean;
  /** Who decides over secrets: accessPolicies (the default) or rbac. */
  authorization?: string;
  /** Public IPv4 addresses that secrets can be read from; with this or subnets, from nowhere else. */
  ipRules?: string[];
  /** Resource ids of subnets that secrets can be read from. */
  subnets?: string[];
}

export interface LandscapeArgs {
  /** The services by name. Whatever call is not declared here is refused. */
  services: Record<string, ServiceArgs>;
  /** Tells this landscape apart from others of the tenant, as in dev. */
  environment: string;
  /** The Azure region, as in westeurope. */
  location: pulumi.Input<string>;
  /** How often client secrets are renewed. */
  rotation: RotationArgs;
  /** How the services' vaults are kept. */
  vault?: VaultArgs;
  /** The day to deploy for, in place of today: for tests and replays. */
  date?: string;
}

/** Every service of a stack, each with its own identity and vault, and every call between them as a grant. */
export class Landscape extends pulumi.ComponentResource {
  /** The Entra tenant that everything lives in: a GUID. */
  public readonly tenantId: pulumi.Output<string>;
  /** The application (client) id of each service, by its name. */
  public readonly clientIds: pulumi.Output<Record<string, string>>;
  /** What a caller asks a token for, of each service by its name. */
  public readonly scopes: pulumi.Output<Record<string, string>>;
  /** Where the vault of each service with one answers, by its name. */
  public readonly vaultUris: pulumi.Output<Record<string, string>>;
  /** The client id of each service's managed identity, by its name. */
  public readonly identityClientIds: pulumi.Output<Record<string, string>>;
  /** The Azure resource id of each service's managed identity, by its name: assign it to the workload. */
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
        // A component of another program's does not know that program's last outputs.
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
