import type { Assumption } from "../assumption";
import { durations } from "../durations";
import { api, assignmentPath, client, grant, rolesIn } from "../fixtures";
import { text } from "../lab";

export const revocationInTokens: Assumption = {
  id: "C-12",
  sentence: "No new token contains a revoked grant after 18 s.",
  reliesOn: "`tokenReplication.revocationSeconds` of the preset entra-2026 (docs/faults.md)",
  how: "Removes an assignment and requests tokens until five requests in a row are refused.",
  async examine(lab) {
    const [called, caller] = [await api(lab), await client(lab)];
    const scope = `${called.appId}/.default`;
    const asked = lab.tokenRequest({ client_id: caller.appId, client_secret: caller.secret, scope });
    return durations(lab, 18, async () => {
      const id = text(await grant(lab, called.principalId, caller.principalId, called.roleId), "id");
      await lab.until(asked, ({ body }) => rolesIn(body.access_token).length > 0, 5);
      const removal = await lab.graphRequest("DELETE", `${assignmentPath(called.principalId)}/${id}`);
      await lab.until(removal, ({ status }) => status === 204);
      return lab.until(asked, ({ status }) => status !== 200, 5);
    });
  },
};
