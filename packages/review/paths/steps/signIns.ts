import { issuerIn } from "../../access/signInWords";
import type { AccessModel } from "../../accessModel";
import { trustedIdentity } from "../../trustedIdentity";
import { type PathNode, partyNode, subjectNode } from "../node";
import type { Step } from "../step";

/** Who signs in without a secret: subjects of tokens, managed identities, and workloads that run as an identity. */
export const signInSteps = (model: AccessModel): Step[] => [
  ...model.credentials.flatMap(({ service, kind, name, trusts, knownTo }): Step[] => {
    if (knownTo !== undefined) {
      const how = `${knownTo} signs in as ${service} with this ${kind}, which no stack created.`;
      return [{ kind: "knows a secret of", from: partyNode(knownTo), to: partyNode(service), how, resource: name }];
    }
    if (trusts === undefined) return [];
    const identity = trustedIdentity(trusts, model);
    const [issuer, subject] = partsOf(trusts);
    const from = identity === undefined ? subjectNode(issuer, subject) : partyNode(identity);
    return [signsIn(from, service, identity === undefined ? issuer : "Entra", name)];
  }),
  ...model.rights.flatMap(({ kind, holder, what, at, resource }): Step[] => {
    if (kind !== "sign-in") return [];
    const issuer = issuerIn(what);
    if (issuer !== undefined) return [signsIn(subjectNode(issuer, holder), at, issuer, resource)];
    return [
      {
        kind: "runs as",
        from: partyNode(holder, resource),
        to: partyNode(at, resource),
        how: `${holder} runs as the identity ${at}, so code on it has the identity's rights.`,
        resource,
      },
    ];
  }),
];

const signsIn = (from: PathNode, as: string, issuer: string, resource: string): Step => ({
  kind: "signs in as",
  from,
  to: partyNode(as, resource),
  how: `A token of ${issuer} for ${from.name} signs in as ${as}.`,
  resource,
});

/** An address has no colon before a blank. */
function partsOf(trusts: string): [issuer: string, subject: string] {
  const at = trusts.indexOf(": ");
  return at < 0 ? ["", trusts] : [trusts.slice(0, at), trusts.slice(at + 2)];
}
