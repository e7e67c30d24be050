import { entitledIn } from "../access/entitled";
import type { Rule } from "../rule";
import { ofName } from "../subject";

export const groupMember: Rule = {
  id: "group-member",
  severity: "high",
  rationale: "A member of a group has all rights of the group, including those that other stacks grant to it.",
  remedy: "Grant the needed right to the service itself, and do not use groups of people in the stack.",
  check: ({ model }) => {
    const entitled = entitledIn(model);
    return model.rights
      .filter(({ kind, at }) => kind === "member" && (entitled.has(at) || isElsewhere(at)))
      .map(({ resource, holder, at }) => ({
        subject: ofName(resource),
        message: `makes ${holder} a member of ${at}, ${entitled.has(at) ? "which has rights here" : "which is made elsewhere"}`,
      }));
  },
};

/** A group that the stack does not create is named by its object id, or is unknown. */
const isElsewhere = (name: string): boolean =>
  /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(name) || name.startsWith("somebody who is not known");
