import { entitledIn } from "../access/entitled";
import type { Rule } from "../rule";
import { ofName } from "../subject";

export const groupMember: Rule = {
  id: "group-member",
  severity: "high",
  rationale: "Who becomes a member of a group may do all that the group may, here and elsewhere.",
  remedy: "Give the one right that is needed to the service itself; keep people's groups out of the stack.",
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

/** A group that the stack does not make is called by its object id, or is not known. */
const isElsewhere = (name: string): boolean =>
  /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(name) || name.startsWith("somebody who is not known");
