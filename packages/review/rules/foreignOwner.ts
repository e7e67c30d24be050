import { Directory } from "../access/directory";
import { entitledIn } from "../access/entitled";
import { additionalOwner, type Right } from "../access/rights";
import type { AccessModel } from "../accessModel";
import { ofType } from "../resourceType";
import type { Rule, Severity } from "../rule";
import { keyOf, ofName } from "../subject";

export const foreignOwner: Rule = {
  id: "foreign-owner",
  severity: "high",
  rationale: "The owner of a registration can add a client secret and sign in as the service.",
  remedy: "Keep the deployer as the only owner, or name the owner in the setting `owner`.",
  references: ["SCuBA MS.AAD.5.2v1"],
  check: ({ model, resources }) => {
    const owned = model.rights.filter(({ kind }) => kind === "owner");
    const directory = new Directory(resources);
    const services = new Set(directory.applications.map((application) => directory.nameOf(application)));
    const groups = new Set(ofType(resources, "azuread:Group").map((group) => directory.nameOf(group)));
    const isExpected = expectedIn(owned, services, groups, model);
    const severityOf = severityIn(services, model);
    return owned
      .filter((right) => right.what === additionalOwner || !isExpected(right.holder))
      .map((right) => ({
        subject: ofName(right.resource),
        message: `makes ${right.holder} an owner of ${right.at}`,
        severity: severityOf(right),
      }));
  },
};

/** The team: the deployer, the owner in the settings, and an owner of more than half of the services that have owners. */
function expectedIn(
  owned: readonly Right[],
  services: ReadonlySet<string>,
  groups: ReadonlySet<string>,
  { settings }: AccessModel,
): (holder: string) => boolean {
  const bySetting = Object.entries(settings).flatMap(([key, value]) => (key.endsWith(":owner") ? [value] : []));
  const listed = owned.filter(({ what }) => what !== additionalOwner);
  const ofServices = listed.filter(({ at }) => services.has(at));
  // In a stack without services, an owner of more than half of its groups.
  const inline = ofServices.length > 0 ? ofServices : listed.filter(({ at }) => groups.has(at));
  const everything = new Set(inline.map(({ resource, at }) => keyOf(resource, at))).size;
  const counts = new Map<string, number>();
  for (const { holder } of inline) counts.set(holder, (counts.get(holder) ?? 0) + 1);
  return (holder) =>
    holder === "the deployer" || bySetting.includes(holder) || 2 * (counts.get(holder) ?? 0) > everything;
}

/** The owner of one of several services may be its team. Objects outside the stack, and groups that give rights, have no team here. */
function severityIn(services: ReadonlySet<string>, model: AccessModel): (right: Right) => Severity {
  const entitled = new Set([...entitledIn(model)].filter((name) => !services.has(name)));
  return ({ what, at }) => (what === additionalOwner || entitled.has(at) || !services.has(at) ? "high" : "medium");
}
