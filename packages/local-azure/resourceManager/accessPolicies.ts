import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type ArmContext, parse } from "./armContext";
import { badRequest } from "./armError";
import { accessPolicy } from "./vaultBody";
import { type ByVault, vaultOf, vaultPath, vaultType } from "./vaultOf";
import { vaultVersions } from "./vaultVersions";

const body = z.strictObject({ properties: z.strictObject({ accessPolicies: z.array(accessPolicy) }) });
type Policy = z.output<typeof accessPolicy>;

/** The access policies of a vault, one principal at a time: `add`, `replace` and `remove`. */
export function accessPolicyRoutes(app: FastifyInstance, context: ArmContext): void {
  const { subscription, tenant, authorize } = context;
  app.put<{ Params: ByVault & { operation: string } }>(
    `${vaultPath}/accessPolicies/:operation`,
    async (request, reply) => {
      authorize(request, `${vaultType}/accessPolicies/write`, vaultVersions(tenant));
      const vault = vaultOf(subscription, request.params);
      const { accessPolicies: given } = parse(body, request.body).properties;
      const named = new Set(given.map(holder));
      const others = vault.accessPolicies.filter((policy) => !named.has(holder(policy)));
      const existing = vault.accessPolicies.filter((policy) => named.has(holder(policy)));
      const { operation } = request.params;
      if (operation === "replace") vault.accessPolicies = [...others, ...given];
      else if (operation === "remove") vault.accessPolicies = others;
      else if (operation === "add") {
        const secretsOf = (policy: Policy) =>
          existing.filter((each) => holder(each) === holder(policy)).flatMap((each) => each.permissions.secrets ?? []);
        const added = given.map((policy) => {
          const secrets = [...new Set([...secretsOf(policy), ...(policy.permissions.secrets ?? [])])];
          return { ...policy, permissions: { ...policy.permissions, secrets } };
        });
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

const holder = ({ objectId, applicationId = "" }: { objectId: string; applicationId?: string | undefined }): string =>
  `${objectId} ${applicationId}`;
