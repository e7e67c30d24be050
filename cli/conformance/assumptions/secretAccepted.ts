import type { Assumption } from "../assumption";
import { durations } from "../durations";
import { client, secret } from "../fixtures";
import { aadsts } from "../lab";

export const secretAccepted: Assumption = {
  id: "C-08",
  sentence: "The token endpoint accepts a new client secret within 18 s.",
  reliesOn:
    "`tokenReplication.credentialSeconds` of the preset entra-2026 (docs/faults.md). Reported: microsoft-graph-docs 17966",
  how: "Adds a secret to an existing client and requests tokens until it gets five in a row.",
  async examine(lab) {
    const known = await client(lab);
    return durations(lab, 18, async () => {
      const value = await secret(lab, known);
      const scope = `${lab.graphAudience}/.default`;
      const asked = lab.tokenRequest({ client_id: known.appId, client_secret: value, scope });
      return lab.until(asked, (answer) => aadsts(answer) === undefined, 5);
    });
  },
};
