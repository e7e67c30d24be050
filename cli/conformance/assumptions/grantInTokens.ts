import type { Assumption } from "../assumption";
import { durations } from "../durations";
import { api, assignmentPath, client, grant, rolesIn } from "../fixtures";
import { text } from "../lab";

export const grantInTokens: Assumption = {
  id: "C-11",
  sentence: "A new grant is in tokens within 18 s.",
  reliesOn: "`tokenReplication.grantSeconds` of the preset entra-2026 (docs/faults.md)",
  how: "Assigns a role and requests tokens until five in a row contain it; then removes the assignment and waits until no token contains it.",
  async examine(lab) {
    const [called, caller] = [await api(lab), await client(lab)];
    const scope = `${called.appId}/.default`;
    const asked = lab.tokenRequest({ client_id: caller.appId, client_secret: caller.secret, scope });
    return durations(lab, 18, async () => {
      const id = text(await grant(lab, called.principalId, caller.principalId, called.roleId), "id");
      const waited = await lab.until(asked, ({ body }) => rolesIn(body.access_token).length > 0, 5);
      const removal = await lab.graphRequest("DELETE", `${assignmentPath(called.principalId)}/${id}`);
      await lab.until(removal, ({ status }) => status === 204);
      await lab.until(asked, ({ status }) => status !== 200, 5);
      return waited;
    });
  },
};
