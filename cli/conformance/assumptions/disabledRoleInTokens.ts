import { type Assumption, verdict } from "../assumption";
import { appRole, client, grant, rolesIn, service } from "../fixtures";

/** How many tokens are examined. */
const tokens = 5;

export const disabledRoleInTokens: Assumption = {
  id: "C-32",
  sentence: "A disabled role stays in the tokens of its holders: only deleting the assignment revokes it.",
  reliesOn: "packages/local-azure/entra/accessToken.ts",
  how: `Disables an assigned role, waits until Entra shows it as disabled, and reads the roles of ${tokens} tokens.`,
  async examine(lab) {
    const role = appRole("Things.Read");
    const application = { appRoles: [role], api: { requestedAccessTokenVersion: 2 } };
    const called = await service(lab, "disabled", { application });
    const caller = await client(lab);
    await grant(lab, called.principalId, caller.principalId, role.id);
    const scope = `${called.appId}/.default`;
    const asked = lab.tokenRequest({ client_id: caller.appId, client_secret: caller.secret, scope });
    await lab.until(asked, ({ body }) => rolesIn(body.access_token).length > 0, 3);
    const change = { appRoles: [{ ...role, isEnabled: false }] };
    await lab.until(
      await lab.graphRequest("PATCH", `/applications/${called.id}`, change),
      ({ status }) => status === 204,
    );
    const read = await lab.graphRequest("GET", `/servicePrincipals/${called.principalId}?$select=id,appRoles`);
    await lab.until(read, ({ body }) => JSON.stringify(body.appRoles ?? []).includes('"isEnabled":false'), 3);
    let withRole = 0;
    for (let n = 0; n < tokens; n++) {
      const { body } = await lab.send(asked);
      if (rolesIn(body.access_token).length > 0) withRole++;
      await lab.pause();
    }
    return verdict(withRole === tokens, `${withRole} of ${tokens} tokens had the disabled role`);
  },
};
