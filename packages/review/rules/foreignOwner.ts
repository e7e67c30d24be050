import type { Rule } from "../rule";
import { ofName } from "../subject";

export const foreignOwner: Rule = {
  id: "foreign-owner",
  severity: "high",
  rationale: "Whoever owns a registration gives it a secret of their own, and is the service.",
  remedy: "Leave the deployer as the only owner, or add the owner where the whole team does: in the setting `owner`.",
  references: ["SCuBA MS.AAD.5.2v1"],
  check: ({ model }) =>
    model.rights
      .filter(({ kind, what }) => kind === "owner" && what === "owns beside the deployer")
      .map(({ resource, holder, at }) => ({ subject: ofName(resource), message: `makes ${holder} an owner of ${at}` })),
};
