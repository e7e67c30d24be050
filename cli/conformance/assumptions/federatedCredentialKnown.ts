import type { Assumption } from "../assumption";
import { durations } from "../durations";
import { service } from "../fixtures";
import { aadsts } from "../lab";

/** No credential matches: issuer, audience, subject, or any of them. */
const noMatch = [70021, 700211, 700212, 700213, 700016, 7000229];

export const federatedCredentialKnown: Assumption = {
  id: "C-10",
  sentence: "The token endpoint knows a new federated credential within 18 s.",
  reliesOn: "`tokenReplication.federatedCredentialSeconds` of the preset entra-2026 (docs/faults.md)",
  how: "Sends a token of an issuer that does not exist until the refusal has a different reason from a missing credential, five times in a row.",
  examine: (lab) =>
    durations(lab, 18, async () => {
      const { id, appId, name } = await service(lab, "federated");
      const [issuer, subject, audience] = [`https://${name}.invalid/`, "conformance", "api://AzureADTokenExchange"];
      const body = { name: "conformance", issuer, subject, audiences: [audience] };
      const creation = await lab.graphRequest("POST", `/applications/${id}/federatedIdentityCredentials`, body);
      await lab.until(creation, ({ status }) => status !== 404);
      const asked = lab.tokenRequest({
        client_id: appId,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        scope: `${lab.graphAudience}/.default`,
      });
      const assertion = { iss: issuer, sub: subject, aud: audience };
      return lab.until({ ...asked, assertion }, (answer) => !noMatch.includes(aadsts(answer) ?? 0), 5);
    }),
};
