import { isDeepStrictEqual } from "node:util";
import { type EvaluatedResource, kindOf, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { TenantReader } from "./tenant";

/** An entry of the file that `pulumi import --file` reads. */
export interface ImportEntry {
  readonly type: string;
  /** Tells the entry apart from every other: others name their parent by it. */
  readonly name: string;
  readonly logicalName: string;
  readonly id?: string;
  readonly component?: true;
  readonly parent?: string;
}

export interface Adoption {
  readonly resources: readonly ImportEntry[];
  /** What the deployment after the import would change of what is there already, for a person. */
  readonly changes: readonly string[];
  /** What is there, is no part of the landscape, and stays. */
  readonly leftovers: readonly string[];
}

export interface AdoptionOptions {
  /** The client id of an application that has another name than `{service}-{stack}`, by the service. */
  readonly applications?: Readonly<Record<string, string>>;
}

type Json = Record<string, unknown>;

/** Something of the stack that is there already. */
interface Found {
  readonly id: string;
  /** What the provider would read of it, as far as the landscape has an opinion. */
  readonly properties?: Json;
  /** What the landscape wants in their place. Default: the resource's own properties. */
  readonly wanted?: Json;
  /** What else becomes known with it: its value by the one that the offline evaluation made up. */
  readonly learned?: Readonly<Record<string, unknown>>;
  readonly leftovers?: readonly string[];
}

/** A mistake that the user of the adoption can put right. */
export class AdoptionError extends Error {}

/** The order in which things are looked for: each by what is known by then. */
const order = [
  "ResourceGroup",
  "UserAssignedIdentity",
  "ApplicationRegistration",
  "ServicePrincipal",
  "RandomUuid",
  "ApplicationAppRole",
  "ApplicationIdentifierUri",
  "ApplicationApiAccess",
  "AppRoleAssignment",
  "ApplicationFederatedIdentityCredential",
  "Vault",
] as const;
type Kind = (typeof order)[number];

/**
 * Finds what a stack wants and what was made by hand before.
 *
 * @param wanted the stack's resources by an offline evaluation
 * @throws AdoptionError when it is not clear what is meant
 */
export async function adopt(
  wanted: readonly EvaluatedResource[],
  tenant: TenantReader,
  { applications = {} }: AdoptionOptions = {},
): Promise<Adoption> {
  const search = new Search(wanted, tenant, applications);
  const found: { readonly resource: EvaluatedResource; readonly at: Found }[] = [];
  const changes: string[] = [];
  for (const kind of order) {
    for (const resource of wanted.filter((each) => kindOf(each) === kind)) {
      const at = await search.find(kind, resource);
      if (!at) continue;
      found.push({ resource, at });
      changes.push(
        ...differences(resource, at.properties ?? {}, at.wanted ?? (search.known(resource.properties) as Json)),
      );
    }
  }
  const byUrn = new Map(wanted.map((resource) => [resource.urn, resource]));
  const components = new Map<string, EvaluatedResource>();
  for (const { resource } of found)
    for (let at = byUrn.get(resource.parent); at && at.type !== "pulumi:pulumi:Stack"; at = byUrn.get(at.parent))
      components.set(at.urn, at);
  const parentOf = ({ parent }: EvaluatedResource) => {
    const component = components.get(parent);
    return component ? { parent: entryName(component) } : {};
  };
  return {
    resources: [
      ...[...components.values()].map((component) => ({
        type: component.type,
        name: entryName(component),
        logicalName: nameOf(component.urn),
        component: true as const,
        ...parentOf(component),
      })),
      ...found.map(({ resource, at }) => ({
        type: resource.type,
        name: entryName(resource),
        logicalName: nameOf(resource.urn),
        id: at.id,
        ...parentOf(resource),
      })),
    ],
    changes,
    leftovers: found.flatMap(({ at }) => at.leftovers ?? []),
  };
}

const entryName = (resource: EvaluatedResource): string => `${kindOf(resource)} ${nameOf(resource.urn)}`;

/** Only where both have an opinion: what the provider makes of an absent value is its own affair. */
function differences(resource: EvaluatedResource, actual: Json, wanted: Json): string[] {
  return Object.entries(actual).flatMap(([property, value]) =>
    isDeepStrictEqual(value, wanted[property])
      ? []
      : [`${entryName(resource)}: ${property} ${JSON.stringify(value)} → ${JSON.stringify(wanted[property])}`],
  );
}

class Search {
  /** What the offline evaluation made up, and what it really is. */
  private readonly real = new Map<string, string>();
  private readonly applicationById = new Map<string, Json>();

  constructor(
    private readonly wanted: readonly EvaluatedResource[],
    private readonly tenant: TenantReader,
    private readonly applications: Readonly<Record<string, string>>,
  ) {
    const of = (kind: Kind) => wanted.find((resource) => kindOf(resource) === kind)?.properties ?? {};
    const [owner] = (of("ServicePrincipal").owners as string[] | undefined) ?? [];
    if (owner) this.real.set(owner, tenant.objectId);
    const { tenantId } = (of("Vault").properties ?? {}) as { tenantId?: string };
    if (tenantId) this.real.set(tenantId, tenant.tenantId);
    const services = wanted.filter(({ type }) => type.endsWith(":Microservice")).map(({ urn }) => nameOf(urn));
    const unknown = Object.keys(applications).find((service) => !services.includes(service));
    if (unknown !== undefined)
      throw new AdoptionError(`there is no service "${unknown}"; the services are ${services.join(", ")}`);
  }

  async find(kind: Kind, resource: EvaluatedResource): Promise<Found | undefined> {
    const found = await this[kind](resource, this.known(resource.properties) as Json);
    if (found) this.learn(resource.id, found.id);
    for (const [property, value] of Object.entries(found?.learned ?? {}))
      this.learn(resource.properties[property], value);
    return found;
  }

  /** The same value with everything made up that is known by now put right. */
  known(value: unknown): unknown {
    if (typeof value === "string") {
      const whole = this.real.get(value);
      return whole ?? value.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => this.real.get(id) ?? id);
    }
    if (Array.isArray(value)) return value.map((each) => this.known(each));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.known(each)]));
  }

  private learn(madeUp: unknown, real: unknown): void {
    if (typeof madeUp === "string" && typeof real === "string" && madeUp !== "") this.real.set(madeUp, real);
  }

  private get subscription(): string {
    return `/subscriptions/${this.tenant.subscriptionId}`;
  }

  private async ResourceGroup(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const group = await this.tenant.resource(
      `${this.subscription}/resourceGroups/${wanted.resourceGroupName}`,
      "2024-03-01",
    );
    return group && { id: `${group.id}`, properties: { location: group.location } };
  }

  private async UserAssignedIdentity(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const id = `${this.subscription}/resourceGroups/${wanted.resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${wanted.resourceName}`;
    const identity = await this.tenant.resource(id, "2023-01-31");
    if (!identity) return undefined;
    const { principalId, clientId } = identity.properties as Json;
    return { id: `${identity.id}`, properties: { location: identity.location }, learned: { principalId, clientId } };
  }

  private async Vault(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const id = `${this.subscription}/resourceGroups/${wanted.resourceGroupName}/providers/Microsoft.KeyVault/vaults/${wanted.vaultName}`;
    const vault = await this.tenant.resource(id, "2024-11-01");
    if (!vault) return undefined;
    const { properties } = wanted as { properties: Json };
    const actual = vault.properties as Json;
    const judged = Object.keys(properties).filter((property) => property in actual);
    return {
      id: `${vault.id}`,
      properties: Object.fromEntries(judged.map((property) => [property, actual[property]])),
      wanted: properties,
    };
  }

  private async ApplicationRegistration(resource: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const service = nameOf(resource.parent);
    const clientId = this.applications[service];
    const filter = clientId ? `appId eq '${clientId}'` : `displayName eq '${wanted.displayName}'`;
    const matches = await this.tenant.list(`applications?$filter=${encodeURIComponent(filter)}`);
    if (clientId && matches.length === 0)
      throw new AdoptionError(`--application ${service}=${clientId}: there is no application with this client id`);
    if (matches.length > 1) {
      const ids = matches.map(({ appId }) => appId).join(", ");
      throw new AdoptionError(
        `there are ${matches.length} applications called ${wanted.displayName}: ${ids}; choose one by --application ${service}=<client id>`,
      );
    }
    const [application] = matches;
    if (!application) return undefined;
    const { api = {}, displayName, description = null, signInAudience } = application as Json & { api?: Json };
    const id = `/applications/${application.id}`;
    this.applicationById.set(id, application);
    const { requestedAccessTokenVersion = null } = api as Json;
    const secrets = (application.passwordCredentials as Json[] | undefined) ?? [];
    const roles = this.wanted
      .filter((each) => kindOf(each) === "ApplicationAppRole" && each.parent === resource.parent)
      .map(({ properties }) => properties.value);
    const others = ((application.appRoles as Json[] | undefined) ?? []).filter(({ value }) => !roles.includes(value));
    return {
      id,
      properties: { displayName, description, signInAudience, requestedAccessTokenVersion },
      learned: { clientId: application.appId, objectId: application.id },
      leftovers: [
        ...secrets.map(({ displayName: name, keyId }) => `${service}: the client secret ${name ?? keyId}`),
        ...others.map(({ value, displayName: name }) => `${service}: the app role ${value ?? name}`),
      ],
    };
  }

  private async ServicePrincipal(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const filter = encodeURIComponent(`appId eq '${wanted.clientId}'`);
    const [principal] = await this.tenant.list(`servicePrincipals?$filter=${filter}`);
    if (!principal) return undefined;
    const owners = await this.tenant.list(`servicePrincipals/${principal.id}/owners`);
    return {
      id: `/servicePrincipals/${principal.id}`,
      properties: {
        appRoleAssignmentRequired: principal.appRoleAssignmentRequired,
        owners: owners.map(({ id }) => id).sort(),
      },
      learned: { objectId: principal.id },
    };
  }

  /** The id of an app role, as a value of the program's own. */
  private async RandomUuid(resource: EvaluatedResource): Promise<Found | undefined> {
    const role = this.wanted.find(
      (each) => kindOf(each) === "ApplicationAppRole" && each.properties.roleId === resource.properties.result,
    );
    const existing = role && this.roleOf(this.known(role.properties) as Json);
    return existing && { id: `${existing.id}`, learned: { result: existing.id } };
  }

  private async ApplicationAppRole(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const role = this.roleOf(wanted);
    if (!role) return undefined;
    const { displayName, description, allowedMemberTypes } = role;
    return {
      id: `${wanted.applicationId}/appRoles/${role.id}`,
      properties: { displayName, description, allowedMemberTypes },
    };
  }

  private roleOf(wanted: Json): Json | undefined {
    const roles = (this.applicationById.get(`${wanted.applicationId}`)?.appRoles as Json[] | undefined) ?? [];
    return roles.find(({ value }) => value === wanted.value);
  }

  private async ApplicationIdentifierUri(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const { identifierUris = [] } = (this.applicationById.get(`${wanted.applicationId}`) ?? {}) as {
      identifierUris?: string[];
    };
    if (!identifierUris.includes(`${wanted.identifierUri}`)) return undefined;
    const encoded = Buffer.from(`${wanted.identifierUri}`).toString("base64");
    return { id: `${wanted.applicationId}/identifierUris/${encoded}` };
  }

  private async ApplicationApiAccess(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const { requiredResourceAccess = [] } = (this.applicationById.get(`${wanted.applicationId}`) ?? {}) as {
      requiredResourceAccess?: { resourceAppId: string; resourceAccess: { id: string; type: string }[] }[];
    };
    const access = requiredResourceAccess.find(({ resourceAppId }) => resourceAppId === wanted.apiClientId);
    if (!access) return undefined;
    const roleIds = access.resourceAccess.filter(({ type }) => type === "Role").map(({ id }) => id);
    const asWanted = new Set(wanted.roleIds as string[]);
    const isSame = roleIds.length === asWanted.size && roleIds.every((id) => asWanted.has(id));
    return {
      id: `${wanted.applicationId}/apiAccess/${wanted.apiClientId}`,
      properties: isSame ? {} : { roleIds },
    };
  }

  private async AppRoleAssignment(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    // An API that is not there yet has nobody assigned.
    if (!this.isReal(wanted.resourceObjectId) || !this.isReal(wanted.principalObjectId)) return undefined;
    const held = await this.tenant.list(`servicePrincipals/${wanted.principalObjectId}/appRoleAssignments`);
    const assignment = held.find(
      ({ resourceId, appRoleId }) => resourceId === wanted.resourceObjectId && appRoleId === wanted.appRoleId,
    );
    return assignment && { id: `/servicePrincipals/${wanted.resourceObjectId}/appRoleAssignedTo/${assignment.id}` };
  }

  private async ApplicationFederatedIdentityCredential(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const application = this.applicationById.get(`${wanted.applicationId}`);
    if (!application) return undefined;
    const credentials = await this.tenant.list(`applications/${application.id}/federatedIdentityCredentials`);
    const credential = credentials.find(({ name }) => name === wanted.displayName);
    if (!credential) return undefined;
    const { issuer, subject, audiences } = credential;
    return {
      id: `${application.id}/federatedIdentityCredential/${credential.id}`,
      properties: { issuer, subject, audiences },
    };
  }

  private isReal(id: unknown): boolean {
    return [...this.real.values()].includes(`${id}`);
  }
}
