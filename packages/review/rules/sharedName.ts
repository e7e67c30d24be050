import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { Directory } from "../access/directory";
import { mixesScripts } from "../look";
import type { Rule } from "../rule";
import { ofName } from "../subject";

export const sharedName: Rule = {
  id: "shared-name",
  severity: "high",
  rationale: "Reviewers cannot tell two identities with the same name apart, and may accept the wrong one.",
  remedy: "Give each service, identity and group its own name, and do not use a name of Microsoft's.",
  check: ({ resources }) =>
    new Directory(resources).sharedNames.map(({ name, resources: sharing }) => ({
      subject: ofName(name),
      message:
        sharing.length > 1
          ? `is the name of ${sharing.map(({ urn }) => nameOf(urn)).join(" and ")}`
          : mixesScripts(name)
            ? "has letters of several alphabets, which look alike"
            : "is also the name of one of Microsoft's APIs",
      extent: { parts: sharing.map(({ urn }) => urn) },
    })),
};
