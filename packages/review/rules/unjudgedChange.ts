import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { whyNotJudged } from "../judgedTypes";
import type { ChangedResource } from "../resourceChange";
import type { Reviewed, Rule } from "../rule";
import { ofName } from "../subject";

export const unjudgedChange: Rule = {
  id: "unjudged-change",
  compares: true,
  severity: "high",
  rationale:
    "The rules do not understand this kind of resource, so its new values or its removal could grant any access: removing a policy can admit everybody whom it refused.",
  remedy: "Check what the change does; if that is acceptable, add a waiver.",
  check: ({ resources, before }) => {
    const { changed = [], removed = [] } = before ?? {};
    return [
      ...changed
        .map((each) => ({ ...each, properties: each.properties.filter((property) => !harmless.test(property)) }))
        .filter((each) => each.properties.length > 0 && isUnjudged(each, resources))
        .map(({ type, name, properties }) => ({
          subject: ofName(name),
          message: `is of a type that the rules do not understand (${type}), and has other values of ${properties.join(", ")}`,
        })),
      ...removed
        .filter((each) => isUnjudged(each, []))
        .map(({ type, name }) => ({
          subject: ofName(name),
          message: `is removed, and is of a type that the rules do not understand (${type})`,
        })),
    ];
  },
};

/** Properties for people to read. */
const harmless = /^(tags|description|notes)(\.|$)/;

/** A resource that was removed is known only by its type, and no component is judged. */
function isUnjudged({ type, name }: ChangedResource, resources: Reviewed["resources"]): boolean {
  const found = resources.filter((resource) => resource.type === type && nameOf(resource.urn) === name);
  const candidates = found.length > 0 ? found : [{ urn: "", type, id: "", parent: "", properties: {} }];
  return candidates.some((resource) => !resource.component && whyNotJudged(resource) !== undefined);
}
