import { type Assumption, verdict } from "../assumption";
import { appRole, client, grant, rolesIn, service } from "../fixtures";

export const roleValueInTokens: Assumption = {
  id: "C-17",
  sentence: "A token spells a role's value exactly as the registration does.",
  reliesOn: "packages/runtime/guard.ts, which compares roles case-sensitively",
  how: "Assigns a role `tHINGS.Read` and reads the `roles` of a token.",
  async examine(lab) {
    const role = appRole("tHINGS.Read");
    const application = { appRoles: [role], api: { requestedAccessTokenVersion: 2 } };
    const called = await service(lab, "letters", { application });
    const caller = await client(lab);
    await grant(lab, called.principalId, caller.principalId, role.id);
    const scope = `${called.appId}/.default`;
    const asked = lab.tokenRequest({ client_id: caller.appId, client_secret: caller.secret, scope });
    const { answer } = await lab.until(asked, ({ body }) => rolesIn(body.access_token).length > 0);
    const roles = rolesIn(answer.body.access_token);
    return verdict(roles.join() === role.value, `roles: ${roles.join(", ") || "none"}`);
  },
};
