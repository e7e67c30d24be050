import { type Assumption, verdict } from "../assumption";
import { api, client, grant } from "../fixtures";
import { errorOf } from "../lab";

export const scopeByClientId: Assumption = {
  id: "C-01",
  sentence: "A token for `{client id}/.default` needs no identifier URI on the API's registration.",
  reliesOn: "packages/local-azure/tenant.ts (`resourceNamed`); clients that name an API by its client id",
  how: "Requests such a token for an API without an identifier URI, with a role assigned.",
  async examine(lab) {
    const [called, caller] = [await api(lab), await client(lab)];
    await grant(lab, called.principalId, caller.principalId, called.roleId);
    const scope = `${called.appId}/.default`;
    const asked = lab.tokenRequest({ client_id: caller.appId, client_secret: caller.secret, scope });
    const { answer, milliseconds } = await lab.until(asked, ({ status }) => status === 200);
    return verdict(milliseconds !== undefined, milliseconds === undefined ? errorOf(answer) : "200 with a token");
  },
};
