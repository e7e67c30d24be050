import type { Assumption } from "../assumption";
import { durations } from "../durations";
import { registration } from "../fixtures";

export const federatedCredentialVisible: Assumption = {
  id: "C-31",
  sentence: "A new federated credential can be read within 2 s.",
  reliesOn: "`replication.federatedCredentialSeconds` of the preset entra-2026 (docs/faults.md)",
  how: "Reads it by its name until it is found three times in a row.",
  examine: (lab) =>
    durations(lab, 2, async () => {
      const { id, name } = await registration(lab, "federated");
      const path = `/applications/${id}/federatedIdentityCredentials`;
      const body = {
        name,
        issuer: `https://${name}.invalid/`,
        subject: "s",
        audiences: ["api://AzureADTokenExchange"],
      };
      await lab.until(await lab.graphRequest("POST", path, body), ({ status }) => status === 201);
      return lab.until(await lab.graphRequest("GET", `${path}/${name}`), ({ status }) => status === 200, 3);
    }),
};
