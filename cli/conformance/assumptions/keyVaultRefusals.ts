import type { Assumption } from "../assumption";
import { refusals } from "../refusals";
import { resourceGroup, secretPath, vault } from "../vaults";

export const keyVaultRefusals: Assumption = {
  id: "C-29",
  sentence: "Key Vault refuses with the status and the codes that the local Azure answers with.",
  reliesOn: "packages/local-azure/keyVault/vaultAccess.ts; the proof, which treats 403 as a refusal",
  how: "Asks vaults with access policies, with Azure RBAC and with a closed firewall for a secret; the recording contains the texts.",
  async examine(lab) {
    const group = await resourceGroup(lab);
    const { tenantId, deployer } = lab.tenancy;
    const policy = { tenantId, objectId: deployer.objectId, permissions: { secrets: ["get"] } };
    const byPolicies = (accessPolicies: readonly object[]) => ({ enableRbacAuthorization: false, accessPolicies });
    const [readable, closed, byRbac, behindFirewall] = [
      await vault(lab, group, byPolicies([policy])),
      await vault(lab, group, byPolicies([])),
      await vault(lab, group, { enableRbacAuthorization: true }),
      await vault(lab, group, { ...byPolicies([policy]), networkAcls: { defaultAction: "Deny", bypass: "None" } }),
    ];
    const bearer = await deployer.bearer("key vault");
    const read = (origin: string, as?: string) =>
      lab.send({ api: origin, method: "GET", path: secretPath("none"), ...(as ? { bearer: as } : {}) });
    return refusals([
      { what: "no token", expected: "401 Unauthorized", answer: await read(readable) },
      { what: "an unknown secret", expected: "404 SecretNotFound", answer: await read(readable, bearer) },
      { what: "no access policy", expected: "403 Forbidden AccessDenied", answer: await read(closed, bearer) },
      { what: "no role", expected: "403 Forbidden ForbiddenByRbac", answer: await read(byRbac, bearer) },
      { what: "a firewall", expected: "403 Forbidden ForbiddenByFirewall", answer: await read(behindFirewall, bearer) },
    ]);
  },
};
