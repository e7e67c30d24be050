import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Vault } from "../keyVault/vault";
import { type ArmContext, parse } from "./armContext";
import { badRequest } from "./armError";
import { accessPolicy, type VaultProperties } from "./vaultBody";
import { type ByVault, vaultOf, vaultPath, vaultType } from "./vaultOf";
import { vaultVersions } from "./vaultVersions";

const body = z.strictObject({ properties: z.strictObject({ accessPolicies: z.array(accessPolicy) }) });
type Policy = Vault["accessPolicies"][number];

/** The access policies of a vault, one principal at a time: `add`, `replace` and `remove`. */
export function accessPolicyRoutes(app: FastifyInstance, context: ArmContext): void {
  const { subscription, tenant, authorize } = context;
  app.put<{ Params: ByVault & { operation: string } }>(
    `${vaultPath}/accessPolicies/:operation`,
    async (request, reply) => {
      authorize(request, `${vaultType}/accessPolicies/write`, vaultVersions(tenant));
      const vault = vaultOf(subscription, request.params);
      const { accessPolicies: given } = parse(body, request.body).properties;
      checkTenants(tenant.id, { accessPolicies: given });
      const named = new Set(given.map(holder));
      const others = vault.accessPolicies.filter((policy) => !named.has(holder(policy)));
      const existing = vault.accessPolicies.filter((policy) => named.has(holder(policy)));
      const { operation } = request.params;
      if (operation === "replace") vault.accessPolicies = [...others, ...given];
      else if (operation === "remove") vault.accessPolicies = others;
      else if (operation === "add") {
        const before = (policy: Policy) => existing.filter((each) => holder(each) === holder(policy));
        const added = given.map((policy) => ({
          ...policy,
          permissions: [...before(policy), policy].map((each) => each.permissions).reduce(together),
        }));
        vault.accessPolicies = [...others, ...added];
      } else {
        throw badRequest(
          "BadRequest",
          `'${operation}' is not an operation on access policies; allowed: add, replace, remove.`,
        );
      }
      return reply.code(existing.length > 0 ? 200 : 201).send({
        id: `${vault.id}/accessPolicies/`,
        type: `${vaultType}/accessPolicies`,
        properties: { accessPolicies: vault.accessPolicies },
      });
    },
  );
}

/** https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/create-or-update#vaultproperties */
export function checkTenants(
  tenantId: string,
  { tenantId: given, accessPolicies = [] }: Partial<VaultProperties>,
): void {
  const foreign = [given ?? tenantId, ...accessPolicies.map((policy) => policy.tenantId)].find(
    (each) => each.toLowerCase() !== tenantId,
  );
  if (foreign !== undefined) throw badRequest("BadRequest", `The tenantId '${foreign}' is not the subscription's.`);
}

/** The permissions of two policies, each once, for secrets, keys, certificates and storage accounts. */
function together(some: Policy["permissions"], more: Policy["permissions"]): Policy["permissions"] {
  const kinds = [...new Set([...Object.keys(some), ...Object.keys(more)])] as (keyof Policy["permissions"])[];
  return Object.fromEntries(kinds.map((kind) => [kind, [...new Set([...(some[kind] ?? []), ...(more[kind] ?? [])])]]));
}

const holder = ({ objectId, applicationId = "" }: { objectId: string; applicationId?: string | undefined }): string =>
  `${objectId} ${applicationId}`;
