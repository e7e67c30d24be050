import type { AccessModel } from "../../accessModel";
import { partyNode } from "../node";
import type { Step } from "../step";

/** Owners of registrations and groups, and members of groups. */
export const ownerSteps = ({ rights, services }: Pick<AccessModel, "rights" | "services">): Step[] => {
  const registrations = new Set(services);
  return rights.flatMap(({ kind, holder, at, resource }): Step[] => {
    const [from, to] = [partyNode(holder, resource), partyNode(at, resource)];
    if (kind === "member")
      return [
        {
          kind: "is a member of",
          from,
          to,
          how: `${holder} is a member of the group ${at}, and has its rights.`,
          resource,
        },
      ];
    if (kind !== "owner") return [];
    const how = registrations.has(at)
      ? `${holder} owns ${at}: it adds a secret to the registration, and signs in as ${at} with it.`
      : `${holder} owns ${at}: it changes its members or its credentials.`;
    return [{ kind: "owns", from, to, how, resource }];
  });
};
