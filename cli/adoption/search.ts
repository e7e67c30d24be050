import { armVersions } from "@microservice-identities/engine/deployment/armVersions";
import type { StateResource } from "@microservice-identities/engine/deployment/stack";
import { type EvaluatedResource, kindOf, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { keyVaultVersion } from "@microservice-identities/well-known/keyVaultVersions";
import { markTag } from "../../components/markTag";
import type { TenantReader } from "./tenant";

type Json = Record<string, unknown>;

/** An existing resource of the stack. */
export interface Found {
  readonly id: string;
  /** The properties that the landscape sets, as the provider would read them. */
  readonly properties?: Json;
  /** The values that the landscape sets. Default: the resource's own properties. */
  readonly wanted?: Json;
  /** Values that it reveals, by the property for which the offline evaluation generated a placeholder. */
  readonly learned?: Readonly<Record<string, unknown>>;
  readonly leftovers?: readonly string[];
}

/** The properties by which other resources refer to a resource. */
const identifying = ["clientId", "objectId", "principalId", "result", "name", "vaultName"] as const;

/** An error that the user of the adoption can correct. */
export class AdoptionError extends Error {}

/** The order of the search: each kind is found by values that earlier kinds have made known. */
export const searchOrder = [
  "ResourceGroup",
  "UserAssignedIdentity",
  "Application",
  "ServicePrincipal",
  "RandomUuid",
  "ApplicationIdentifierUri",
  "ApplicationApiAccess",
  "AppRoleAssignment",
  "ApplicationFederatedIdentityCredential",
  "Vault",
  "Secret",
  "RoleAssignment",
  "FederatedIdentityCredential",
  "PrivateEndpoint",
  "PrivateDnsZoneGroup",
  "DiagnosticSetting",
  "EventSubscription",
  "ScheduledQueryRule",
] as const;
export type Kind = (typeof searchOrder)[number];

export interface SearchOptions {
  /** The client ids of applications whose names are not `{service}-{stack}`, by service. */
  readonly applications?: Readonly<Record<string, string>>;
  /** Finds only resources with this mark. Default: all with the right name. */
  readonly mark?: string;
}

/** Finds existing resources of a stack in the tenant. */
export class Search {
  /** The real values, by the placeholders that the offline evaluation generated. */
  private readonly real = new Map<string, string>();
  private readonly applicationById = new Map<string, Json>();
  /** The suffixes of generated names: the placeholder of the offline evaluation, and the real one. */
  private readonly suffixes: [placeholder: string, real: string][] = [];
  private readonly applications: Readonly<Record<string, string>>;
  private readonly mark: string | undefined;

  constructor(
    wanted: readonly EvaluatedResource[],
    private readonly tenant: TenantReader,
    { applications = {}, mark }: SearchOptions = {},
  ) {
    this.applications = applications;
    this.mark = mark;
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

  /** Adds a resource of the state. It is not searched again, and its values help to find others. */
  know(resource: EvaluatedResource, state: StateResource): void {
    this.learn(resource.id, state.id);
    for (const property of identifying) this.learn(resource.properties[property], state.outputs[property]);
    if (kindOf(resource) === "RandomString")
      this.suffixes.push([`-${resource.properties.result}`, `-${state.outputs.result}`]);
  }

  /** Reads an application of the state again, because the state may lack some of its parts. */
  async remember(id: string): Promise<void> {
    const [application] = await this.tenant.list(
      `applications?$filter=${encodeURIComponent(`id eq '${id.split("/").at(-1)}'`)}`,
    );
    if (application) this.applicationById.set(id, application);
  }

  async find(kind: Kind, resource: EvaluatedResource): Promise<Found | undefined> {
    const found = await this[kind](resource, this.known(resource.properties) as Json);
    if (found) this.learn(resource.id, found.id);
    for (const [property, value] of Object.entries(found?.learned ?? {}))
      this.learn(resource.properties[property], value);
    return found;
  }

  /** The same value, with placeholders replaced by the known real values. */
  known(value: unknown): unknown {
    if (typeof value === "string") {
      const suffix = this.suffixes.find(([placeholder]) => value.endsWith(placeholder));
      const whole = this.real.get(value) ?? (suffix && value.slice(0, -suffix[0].length) + suffix[1]);
      return whole ?? value.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => this.real.get(id) ?? id);
    }
    if (Array.isArray(value)) return value.map((each) => this.known(each));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.known(each)]));
  }

  private learn(placeholder: unknown, real: unknown): void {
    if (typeof placeholder === "string" && typeof real === "string" && placeholder !== "")
      this.real.set(placeholder, real);
  }

  private get subscription(): string {
    return `/subscriptions/${this.tenant.subscriptionId}`;
  }

  private async ResourceGroup(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const group = await this.tenant.resource(
      `${this.subscription}/resourceGroups/${wanted.resourceGroupName}`,
      armVersions.resourceGroup,
    );
    if (!group || !this.isOurs(group.tags)) return undefined;
    return { id: `${group.id}`, properties: { location: group.location } };
  }

  private async UserAssignedIdentity(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const id = `${this.subscription}/resourceGroups/${wanted.resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${wanted.resourceName}`;
    const identity = await this.tenant.resource(id, armVersions.identity);
    if (!identity || !this.isOurs(identity.tags)) return undefined;
    const { principalId, clientId } = identity.properties as Json;
    return { id: `${identity.id}`, properties: { location: identity.location }, learned: { principalId, clientId } };
  }

  private async Vault(_resource: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const id = `${this.subscription}/resourceGroups/${wanted.resourceGroupName}/providers/Microsoft.KeyVault/vaults/${wanted.vaultName}`;
    const vault = await this.tenant.resource(id, keyVaultVersion);
    if (!vault || !this.isOurs(vault.tags)) return undefined;
    // Azure gives a vault its address. No deployment changes it.
    const { vaultUri: _, ...properties } = (wanted as { properties: Json }).properties;
    const actual = vault.properties as Json;
    const judged = Object.keys(properties).filter((property) => property in actual);
    return {
      id: `${vault.id}`,
      properties: Object.fromEntries(judged.map((property) => [property, actual[property]])),
      wanted: properties,
    };
  }

  private async Application(resource: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const service = nameOf(resource.parent);
    const clientId = this.applications[service];
    const filter = clientId ? `appId eq '${clientId}'` : `displayName eq '${wanted.displayName}'`;
    const named = await this.tenant.list(`applications?$filter=${encodeURIComponent(filter)}`);
    const matches = this.mark === undefined ? named : named.filter(({ tags }) => hasMark(tags, this.mark)).slice(0, 1);
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
    const id = `/applications/${application.id}`;
    this.applicationById.set(id, application);
    const existing = (application.appRoles as Json[] | undefined) ?? [];
    const roles = (resource.properties.appRoles ?? []) as Json[];
    const secrets = (application.passwordCredentials as Json[] | undefined) ?? [];
    // A role keeps its id, because grants and tokens contain it.
    for (const role of roles) this.learn(role.id, existing.find(({ value }) => value === role.value)?.id);
    const { description = null, displayName, signInAudience, api } = application;
    return {
      id,
      properties: { displayName, description, signInAudience, api: tokenVersionIn(api), ...rolesByName(existing) },
      // After the import, the landscape controls the application's list of roles, and a deployment removes any other role.
      wanted: { ...(this.known(resource.properties) as Json), ...rolesByName(this.known(roles) as Json[]) },
      learned: { clientId: application.appId, objectId: application.id },
      leftovers: secrets.map(({ displayName: name, keyId }) => `${service}: the client secret ${name ?? keyId}`),
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

  /** The id of an app role, which the program generates. */
  private async RandomUuid(resource: EvaluatedResource): Promise<Found | undefined> {
    const { result } = resource.properties;
    const id = this.real.get(`${result}`);
    return id === undefined ? undefined : { id, learned: { result: id } };
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
    // An API that does not exist yet has no assignments.
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

  private async Secret(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const vault = `${this.subscription}/resourceGroups/${wanted.resourceGroupName}/providers/Microsoft.KeyVault/vaults/${wanted.vaultName}`;
    const secret = await this.tenant.resource(`${vault}/secrets/${wanted.secretName}`, keyVaultVersion);
    return secret && { id: `${secret.id}` };
  }

  private async FederatedIdentityCredential(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const identity = `Microsoft.ManagedIdentity/userAssignedIdentities/${wanted.resourceName}`;
    const name = `federatedIdentityCredentials/${wanted.federatedIdentityCredentialResourceName}`;
    return this.at(`${this.groupOf(wanted)}/providers/${identity}/${name}`, armVersions.identity);
  }

  private async PrivateEndpoint(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    return this.at(this.endpointOf(wanted), armVersions.network);
  }

  private async PrivateDnsZoneGroup(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    return this.at(
      `${this.endpointOf(wanted)}/privateDnsZoneGroups/${wanted.privateDnsZoneGroupName}`,
      armVersions.network,
    );
  }

  private async DiagnosticSetting(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const id = `${wanted.resourceUri}/providers/Microsoft.Insights/diagnosticSettings/${wanted.name}`;
    return this.at(id, armVersions.diagnosticSetting);
  }

  private async EventSubscription(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const id = `${wanted.scope}/providers/Microsoft.EventGrid/eventSubscriptions/${wanted.eventSubscriptionName}`;
    return this.at(id, armVersions.eventSubscription);
  }

  private async ScheduledQueryRule(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const id = `${this.groupOf(wanted)}/providers/Microsoft.Insights/scheduledQueryRules/${wanted.ruleName}`;
    return this.at(id, armVersions.scheduledQueryRule);
  }

  private groupOf({ resourceGroupName }: Json): string {
    return `${this.subscription}/resourceGroups/${resourceGroupName}`;
  }

  private endpointOf(wanted: Json): string {
    return `${this.groupOf(wanted)}/providers/Microsoft.Network/privateEndpoints/${wanted.privateEndpointName}`;
  }

  /** A resource that is identified only by its name, because its parent belongs to the stack. */
  private async at(id: string, apiVersion: string): Promise<Found | undefined> {
    const found = await this.tenant.resource(id, apiVersion);
    return found && { id: `${found.id}` };
  }

  private async RoleAssignment(_: EvaluatedResource, wanted: Json): Promise<Found | undefined> {
    const id = `${wanted.scope}/providers/Microsoft.Authorization/roleAssignments/${wanted.roleAssignmentName}`;
    const assignment = await this.tenant.resource(id, armVersions.roleAssignment);
    return assignment && { id: `${assignment.id}` };
  }

  /** Whether tags in Resource Manager are those of the searched stack. */
  private isOurs(tags: unknown): boolean {
    return this.mark === undefined || (tags as Json | undefined)?.[markTag] === this.mark;
  }

  private isReal(id: unknown): boolean {
    return [...this.real.values()].includes(`${id}`);
  }
}

/** Whether an application's tags contain this mark. */
export const hasMark = (tags: unknown, mark: string | undefined): boolean =>
  Array.isArray(tags) && tags.includes(`${markTag}:${mark}`);

const tokenVersionIn = (api: unknown): Json => ({
  requestedAccessTokenVersion: (api as Json | undefined)?.requestedAccessTokenVersion ?? null,
});

/** Each role as a separate property, with only the values that the landscape sets. */
const rolesByName = (roles: readonly Json[]): Json =>
  Object.fromEntries(
    roles.map(({ value, displayName, description, allowedMemberTypes }) => [
      `app role ${value ?? displayName}`,
      { displayName, description, allowedMemberTypes },
    ]),
  );
