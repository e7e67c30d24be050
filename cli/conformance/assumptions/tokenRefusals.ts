import { randomUUID } from "node:crypto";
import type { Assumption } from "../assumption";
import { api, client, registration } from "../fixtures";
import { aadsts } from "../lab";
import { type ExpectedRefusal, refusals } from "../refusals";

export const tokenRefusals: Assumption = {
  id: "C-22",
  sentence: "The token endpoint refuses a request with the same status, error and AADSTS code as the local Azure.",
  reliesOn: "packages/local-azure/entra/entraError.ts; the proof, which treats AADSTS501051 as a refusal",
  how: "Sends a request for each refusal; the recording contains their texts.",
  async examine(lab) {
    const [called, caller] = [await api(lab), await client(lab)];
    const { id: _, ...incomplete } = await registration(lab, "incomplete");
    const right = { client_id: caller.appId, client_secret: caller.secret, scope: `${called.appId}/.default` };
    const cases: readonly (readonly [what: string, expected: string, form: Record<string, string>, tenant?: string])[] =
      [
        ["an unknown client", "400 unauthorized_client 700016", { ...right, client_id: randomUUID() }],
        ["a wrong secret", "401 invalid_client 7000215", { ...right, client_secret: "wrong" }],
        ["no credential", "401 invalid_client 7000216", { client_id: right.client_id, scope: right.scope }],
        ["a client without service principal", "401 invalid_client 7000229", { ...right, client_id: incomplete.appId }],
        [
          "a scope that is not /.default",
          "400 invalid_scope 1002012",
          { ...right, scope: `${called.appId}/Things.Read` },
        ],
        ["an unknown API", "400 invalid_resource 500011", { ...right, scope: `api://${randomUUID()}/.default` }],
        ["no assignment", "400 invalid_grant 501051", right],
        ["an unknown grant type", "400 unsupported_grant_type 70003", { ...right, grant_type: "conformance" }],
        ["an unknown tenant", "400 invalid_request 90002", right, randomUUID()],
        ["no scope", "400 invalid_request 900144", { client_id: right.client_id, client_secret: right.client_secret }],
      ];
    const seen: ExpectedRefusal[] = [];
    for (const [what, expected, form, tenant] of cases) {
      const awaited = Number(expected.split(" ")[2]);
      const { answer } = await lab.until(lab.tokenRequest(form, tenant), (each) => isSettled(aadsts(each), awaited));
      seen.push({ what, expected, answer });
    }
    return refusals(seen);
  },
};

/** New objects are unknown for a while: only then is another answer worth another request. */
const isSettled = (code: number | undefined, awaited: number): boolean =>
  code === awaited || ![700016, 7000229, 500011].includes(code ?? 0);
