import { armVersions } from "@microservice-identities/engine/deployment/armVersions";
import { inParallel } from "@microservice-identities/proof/inParallel";
import { powersOf } from "@microservice-identities/review/access/azureActions";
import { keyVaultVersion } from "@microservice-identities/well-known/keyVaultVersions";
import { TenantError, type TenantReader } from "../adoption/tenant";
import { type DeclaredAccess, nameIn, networkOf, permissionsText, readerKey, type VaultProperties } from "./declared";
import type { Extra, Unseen } from "./extra";

type Json = Record<string, unknown>;

/** Who reads or controls the vaults of the audited services, and who signs in as their managed identities. */
export async function auditAzure(
  declared: DeclaredAccess,
  tenant: TenantReader,
): Promise<{ extras: Extra[]; unseen: Unseen[] }> {
  const extras: Extra[] = [];
  const unseen: Unseen[] = [];
  const read = async (what: string, id: string, version: string): Promise<Json | undefined> => {
    try {
      const found = await tenant.resource(id, version);
      if (found === undefined) unseen.push({ what, why: "it does not exist" });
      if (found?.nextLink) unseen.push({ what, why: "there is more than one page" });
      return found;
    } catch (error) {
      if (!(error instanceof TenantError)) throw error;
      unseen.push({ what, why: `Reader in the subscription; ${error.message}` });
      return undefined;
    }
  };
  const roles = new Map<string, Promise<Json | undefined>>();
  const roleOf = (id: string) => {
    const known = roles.get(id) ?? read(`the role ${id}`, id, armVersions.roleDefinition);
    roles.set(id, known);
    return known;
  };

  const inherited = new Set<string>();
  await inParallel(declared.vaults, async ({ id, name, readers, network }) => {
    const vault = await read(`the vault ${name}`, id, keyVaultVersion);
    const properties = (vault?.properties ?? {}) as VaultProperties;
    for (const { objectId, permissions = {} } of properties.accessPolicies ?? [])
      if (!readers.has(readerKey(objectId, permissions)))
        extras.push({
          kind: "vault reader",
          of: name,
          allows: `${objectId} may do in it: ${permissionsText(permissions) || "nothing"}`,
          remove: `az keyvault delete-policy --name ${name} --object-id ${objectId}`,
        });
    for (const from of vault ? networkOf(properties) : [])
      if (!network.has(from))
        extras.push({
          kind: "vault network",
          of: name,
          allows: `it can be reached from ${from}`,
          remove: networkRemoval(name, from),
        });
    const path = `${id}/providers/Microsoft.Authorization/roleAssignments`;
    const assignments = await read(`role assignments of the vault ${name}`, path, armVersions.roleAssignment);
    for (const assignment of (assignments?.value ?? []) as Json[]) {
      const key = `${assignment.id}`.toLowerCase();
      // What is inherited from above is the same for every vault.
      if (declared.ids.has(key) || inherited.has(key)) continue;
      inherited.add(key);
      const { principalId, roleDefinitionId, scope, createdOn } = assignment.properties as Json;
      const role = (await roleOf(`${roleDefinitionId}`))?.properties as Json | undefined;
      const powers = role ? powersOf(role.permissions) : [{ text: "has a role that cannot be read" }];
      if (powers.length === 0) continue;
      extras.push({
        kind: "Azure role",
        of: `${scope}`.toLowerCase() === id.toLowerCase() ? name : `${scope}`,
        allows: `${principalId}, as ${role?.roleName ?? roleDefinitionId}, ${powers.map(({ text }) => text).join(", ")}`,
        ...(createdOn ? { since: `${createdOn}`.slice(0, 10) } : {}),
        takeOver: `pulumi import azure-native:authorization:RoleAssignment <name> ${assignment.id}`,
        remove: `az role assignment delete --ids ${assignment.id}`,
      });
    }
  });

  await inParallel(declared.identities, async ({ id, name }) => {
    const what = `federated credentials of ${name}`;
    const listed = await read(what, `${id}/federatedIdentityCredentials`, armVersions.identity);
    for (const credential of (listed?.value ?? []) as Json[]) {
      if (declared.ids.has(`${credential.id}`.toLowerCase())) continue;
      const { issuer, subject } = credential.properties as Json;
      const [, , , , group] = id.split("/");
      extras.push({
        kind: "federated credential",
        of: name,
        allows: `${subject} of ${issuer} signs in as it`,
        takeOver: `pulumi import azure-native:managedidentity:FederatedIdentityCredential ${credential.name} ${credential.id}`,
        remove: `az identity federated-credential delete --name ${credential.name} --identity-name ${nameIn(id)} --resource-group ${group}`,
      });
    }
  });
  return { extras, unseen };
}

const networkRemoval = (vault: string, from: string): string =>
  from === "everywhere"
    ? `az keyvault update --name ${vault} --default-action Deny`
    : `az keyvault network-rule remove --name ${vault} ${from.startsWith("/") ? `--subnet ${from}` : `--ip-address ${from}`}`;
