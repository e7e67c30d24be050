import type { Assumption } from "../assumption";
import { durations } from "../durations";
import { registration, secret } from "../fixtures";

export const secretVisible: Assumption = {
  id: "C-30",
  sentence: "A new client secret is among the application's `passwordCredentials` within 2 s.",
  reliesOn: "`replication.credentialSeconds` of the preset entra-2026 (docs/faults.md)",
  how: "Reads the application until three answers in a row contain one more secret.",
  async examine(lab) {
    const registered = await registration(lab, "secrets");
    const read = await lab.graphRequest("GET", `/applications/${registered.id}?$select=id,passwordCredentials`);
    await lab.until(read, ({ status }) => status === 200, 3);
    let secrets = 0;
    return durations(lab, 2, async () => {
      secrets++;
      await secret(lab, registered);
      return lab.until(read, ({ body }) => lengthOf(body.passwordCredentials) === secrets, 3);
    });
  },
};

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);
