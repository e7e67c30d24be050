import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { Directory } from "../access/directory";
import { mixesScripts } from "../look";
import type { Rule } from "../rule";
import { ofName } from "../subject";

export const sharedName: Rule = {
  id: "shared-name",
  severity: "high",
  rationale: "Two that people see under one name are taken for each other, and the second is reviewed as the first.",
  remedy: "Give each service, identity and group a name of its own, and none that is one of Microsoft's.",
  check: ({ resources }) =>
    new Directory(resources).sharedNames.map(({ name, resources: sharing }) => ({
      subject: ofName(name),
      message:
        sharing.length > 1
          ? `is the name of ${sharing.map(({ urn }) => nameOf(urn)).join(" and ")}`
          : mixesScripts(name)
            ? "has letters of several alphabets, which look alike"
            : "is the name of one of Microsoft's own APIs",
      extent: { parts: sharing.map(({ urn }) => urn) },
    })),
};
