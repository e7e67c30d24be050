import type { Rule } from "../rule";
import { ofName } from "../subject";

/** The one in use, and during a rotation the next one. */
const mostSecrets = 2;

export const manyCredentials: Rule = {
  id: "many-credentials",
  severity: "medium",
  rationale: "Nobody rotates a secret that the rotation did not create, and nobody notices if it is stolen.",
  remedy: "Remove the secrets that the rotation did not create.",
  check: ({ model }) =>
    model.services.flatMap((service) => {
      const secrets = model.credentials.filter((each) => each.service === service && each.kind === "secret").length;
      return secrets > mostSecrets
        ? [
            {
              subject: ofName(service),
              message: `has ${secrets} secrets; a rotation needs at most ${mostSecrets}`,
              extent: { amount: secrets },
            },
          ]
        : [];
    }),
};
