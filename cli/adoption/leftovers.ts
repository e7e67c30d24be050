import { armVersions } from "@microservice-identities/engine/deployment/armVersions";
import type { ExistingResource, StateResource } from "@microservice-identities/engine/deployment/stack";
import { type EvaluatedResource, kindOf, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { inParallel } from "@microservice-identities/proof/inParallel";
import { markTag } from "../../components/markTag";
import { type DeletedVault, deletedVaultOf, isRecoverable, recoverVault } from "./deletedVault";
import { type Kind, Search, searchOrder } from "./search";
import { type TenantEditor, TenantError } from "./tenant";

/** Resources that deployments of a stack created and its state does not contain, and resources that somebody has deleted. */
export interface Leftovers {
  /** Deleted resources that can be recovered. */
  readonly recover: readonly Recovery[];
  /** Resources that the stack declares: they are taken over into its state. */
  readonly takeOver: readonly ExistingResource[];
  /** Resources that nobody can use, or that the stack does not declare. */
  readonly remove: readonly Removal[];
}

export interface Recovery {
  /** For people, for example `the vault orders-x1y2z3, which was deleted on …`. */
  readonly what: string;
  recover(): Promise<void>;
}

export interface Removal {
  /** For people, for example `a second registration of orders-dev (client id …)`. */
  readonly what: string;
  remove(): Promise<void>;
}

type Json = Record<string, unknown>;

/**
 * Finds the resources that earlier deployments of this stack created without recording them: because they were interrupted, or
 * because Entra did not yet show their own writes. Only resources with the stack's own mark count, and parts of such resources.
 *
 * @param wanted the stack's resources by an offline evaluation
 * @param state the resources in its state
 */
export async function findLeftovers(
  wanted: readonly EvaluatedResource[],
  state: readonly StateResource[],
  tenant: TenantEditor,
): Promise<Leftovers> {
  const mark = markOf(state);
  // If the state has no mark, no resource can carry it.
  if (mark === undefined) return { recover: [], takeOver: [], remove: [] };
  const byUrn = new Map(state.map((resource) => [resource.urn, resource]));
  const consenter = consenterOf(state);
  const search = new Search(wanted, tenant, { mark });
  for (const resource of wanted) {
    const known = byUrn.get(resource.urn);
    if (known) search.know(resource, known);
  }
  const takeOver: ExistingResource[] = [];
  for (const kind of searchOrder) {
    const ofKind = wanted.filter((each) => kindOf(each) === kind);
    const found = await inParallel(ofKind, async (resource): Promise<ExistingResource[]> => {
      const known = byUrn.get(resource.urn);
      if (known) {
        if (kind === "Application") await search.remember(known.id);
        return [];
      }
      // A generated GUID that is missing in the state is not used by any resource yet.
      if (kind === "RandomUuid") return [];
      const existing = await search.find(kind as Kind, resource);
      if (!existing) return [];
      const provider = kind === "AppRoleAssignment" ? consenter : undefined;
      return [{ urn: resource.urn, type: resource.type, id: existing.id, parent: resource.parent, provider }];
    });
    takeOver.push(...found.flat());
  }
  return {
    recover: await recoveries(wanted, tenant, search, mark),
    takeOver,
    remove: await removals(mark, [...state, ...takeOver.map(asState)], tenant),
  };
}

/** Deleted vaults that stacks of this project created, and the resource group that they were in. */
async function recoveries(
  wanted: readonly EvaluatedResource[],
  tenant: TenantEditor,
  search: Search,
  mark: string,
): Promise<Recovery[]> {
  const vaults = wanted.filter((resource) => kindOf(resource) === "Vault");
  const found = await Promise.all(
    vaults.map(async (resource): Promise<DeletedVault[]> => {
      const vault = search.known(resource.properties) as Json;
      const deleted = await deletedVaultOf(vault, tenant).catch((error: unknown) => {
        // Without the permission to look for deleted vaults nothing is recovered. The preflight reports that it is missing.
        if (error instanceof TenantError && error.status === 403) return undefined;
        throw error;
      });
      return deleted && isRecoverable(deleted, vault) ? [deleted] : [];
    }),
  );
  const deleted = found.flat();
  if (deleted.length === 0) return [];
  return [
    ...(await missingGroup(wanted, tenant, search, mark)),
    ...deleted.map((vault) => ({
      what: `the vault ${vault.name}, which was deleted on ${vault.deleted}`,
      recover: () => recoverVault(tenant, vault, mark),
    })),
  ];
}

/** A vault cannot be recovered without its resource group. */
async function missingGroup(
  wanted: readonly EvaluatedResource[],
  tenant: TenantEditor,
  search: Search,
  mark: string,
): Promise<Recovery[]> {
  const group = wanted.find((resource) => kindOf(resource) === "ResourceGroup");
  if (!group) return [];
  const { resourceGroupName, location } = search.known(group.properties) as Json;
  const id = `/subscriptions/${tenant.subscriptionId}/resourceGroups/${resourceGroupName}`;
  if (await tenant.resource(id, armVersions.resourceGroup)) return [];
  const recover = () => tenant.put(id, armVersions.resourceGroup, { location, tags: { [markTag]: mark } });
  return [{ what: `the resource group ${resourceGroupName}, which was deleted`, recover }];
}

/** The mark in a stack's state: see `components/stackMark.ts`. */
export const markOf = (state: readonly StateResource[]): string | undefined => {
  const found = markIn(state);
  return found && `${found.outputs.result}`;
};

const markIn = (state: readonly StateResource[]): StateResource | undefined =>
  state.find(({ type, urn }) => type === "random:index/randomUuid:RandomUuid" && urn.endsWith("-mark"));

/** The provider that makes the grants if consent is separate: see `Landscape`. */
const consenterOf = (state: readonly StateResource[]): string | undefined => {
  const found = state.find(({ type, urn }) => type === "pulumi:providers:azuread" && urn.endsWith("-consent"));
  return found && `${found.urn}::${found.id}`;
};

const asState = ({ urn, type, id }: ExistingResource): StateResource => ({ urn, type, id, outputs: {} });

/** Registrations that the stack created twice, and client secrets whose value is lost. */
async function removals(mark: string, state: readonly StateResource[], tenant: TenantEditor): Promise<Removal[]> {
  const known = new Set(state.map(({ id }) => id));
  // After the adoption of a stack whose state was lost, services still use the secrets of the lost state, which are older.
  const begin = Date.parse(markIn(state)?.created ?? "");
  const isOlder = (start: unknown) => Date.parse(`${start}`) < begin;
  const filter = encodeURIComponent(`tags/any(tag:tag eq '${markTag}:${mark}')`);
  const marked = await tenant.list(`applications?$filter=${filter}`);
  return marked.flatMap((application): Removal[] => {
    const { id, appId, displayName } = application;
    if (!known.has(`/applications/${id}`))
      return [
        {
          what: `a registration of ${displayName} that is in no state (client id ${appId})`,
          remove: () => tenant.graph("DELETE", `/v1.0/applications/${id}`),
        },
      ];
    const secrets = ((application.passwordCredentials as Json[] | undefined) ?? []).filter(
      ({ keyId, displayName: name, startDateTime }) =>
        isOwnSecret(name) && !known.has(`${id}/password/${keyId}`) && !isOlder(startDateTime),
    );
    return secrets.map(({ keyId, displayName: name }) => ({
      what: `a client secret of ${displayName} that is in no state (${name}, key id ${keyId})`,
      remove: () => removeSecret(tenant, id, keyId),
    }));
  });
}

/** A read may still show a secret that the deployment itself has removed. */
async function removeSecret(tenant: TenantEditor, id: unknown, keyId: unknown): Promise<void> {
  try {
    await tenant.graph("POST", `/v1.0/applications/${id}/removePassword`, { keyId });
  } catch (error) {
    if (!(error instanceof TenantError && /No password credential found/.test(error.message))) throw error;
  }
}

/** Whether `ClientSecret` gave it its name. A secret that a person created is left alone. */
const isOwnSecret = (name: unknown): boolean => /^window \S+(, revocation \d+)?$/.test(`${name}`);

export const describeTakeOver = ({ urn, type, id }: ExistingResource): string =>
  `${nameOf(urn)} (${type.split(":").at(-1)} ${id})`;
