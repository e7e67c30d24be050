import type { FastifyInstance } from "fastify";
import type { ArmContext } from "./armContext";
import { ArmError } from "./armError";
import { armPage } from "./armPage";
import type { DeletedVault } from "./subscription";
import { vaultVersions } from "./vaultVersions";

type ByDeleted = { Params: { location: string; vault: string } };
const provider = "/subscriptions/:subscription/providers/Microsoft.KeyVault";
const deletedPath = `${provider}/locations/:location/deletedVaults/:vault`;

/** Deleted vaults. They reserve their names until they are purged or their retention ends. */
export function deletedVaultRoutes(app: FastifyInstance, context: ArmContext): void {
  const { subscription, tenant, authorize } = context;
  const find = ({ location, vault: name }: ByDeleted["Params"]): DeletedVault => {
    const deleted = deletedVaultNamed(context, name);
    if (deleted && deleted.vault.location.toLowerCase() === location.toLowerCase()) return deleted;
    throw new ArmError(404, "DeletedVaultNotFound", `The specified deleted vault '${name}' does not exist.`);
  };

  app.get(`${provider}/deletedVaults`, async (request) => {
    authorize(request, "Microsoft.KeyVault/deletedVaults/read", vaultVersions(tenant), subscription.path);
    const names = [...subscription.deletedVaults.keys()];
    const found = names.flatMap((name) => deletedVaultNamed(context, name) ?? []);
    return { value: found.map((deleted) => shown(subscription.path, deleted)) };
  });

  // The local Azure has no HSMs, but clients that list deleted vaults also list deleted HSMs.
  for (const type of ["managedHSMs", "deletedManagedHSMs"]) {
    app.get(`${provider}/${type}`, async (request) => {
      authorize(request, `Microsoft.KeyVault/${type}/read`, vaultVersions(tenant), subscription.path, ["$top"]);
      return armPage(request, []);
    });
  }

  app.get<ByDeleted>(deletedPath, async (request) => {
    authorize(request, "Microsoft.KeyVault/locations/deletedVaults/read", vaultVersions(tenant), subscription.path);
    return shown(subscription.path, find(request.params));
  });

  app.post<ByDeleted>(`${deletedPath}/purge`, { config: { takesNoBody: true } }, async (request, reply) => {
    const action = "Microsoft.KeyVault/locations/deletedVaults/purge/action";
    authorize(request, action, vaultVersions(tenant), subscription.path);
    const { vault } = find(request.params);
    if (vault.enablePurgeProtection) {
      throw new ArmError(
        409,
        "ConflictError",
        `The vault '${vault.name}' has purge protection: it cannot be purged before its time.`,
      );
    }
    subscription.deletedVaults.delete(vault.name.toLowerCase());
    return reply.code(200).send();
  });
}

/** The deleted vault with a name; undefined if its retention has ended, because then the name is available. */
export function deletedVaultNamed(
  { subscription, tenant }: Pick<ArmContext, "subscription" | "tenant">,
  name: string,
): DeletedVault | undefined {
  const deleted = subscription.deletedVaults.get(name.toLowerCase());
  if (!deleted || tenant.now.getTime() < purgedAt(deleted)) return deleted;
  subscription.deletedVaults.delete(name.toLowerCase());
  return undefined;
}

const purgedAt = ({ vault, deletedAt }: DeletedVault): number =>
  deletedAt + vault.softDeleteRetentionInDays * 86_400_000;

function shown(subscription: string, deleted: DeletedVault): Record<string, unknown> {
  const { vault, deletedAt } = deleted;
  return {
    id: `${subscription}/providers/Microsoft.KeyVault/locations/${vault.location}/deletedVaults/${vault.name}`,
    name: vault.name,
    type: "Microsoft.KeyVault/deletedVaults",
    properties: {
      vaultId: vault.id,
      location: vault.location,
      tags: vault.tags,
      deletionDate: new Date(deletedAt).toISOString(),
      scheduledPurgeDate: new Date(purgedAt(deleted)).toISOString(),
      ...(vault.enablePurgeProtection ? { purgeProtectionEnabled: true } : {}),
    },
  };
}
