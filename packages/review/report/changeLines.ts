import { capped } from "../capped";
import type { AccessChange, Altered, Difference } from "../change";
import type { ChangedResource, ResourceChange } from "../resourceChange";
import { openedText } from "../rules/openedPath";
import { waiverText } from "../waiverChange";
import { visible } from "./visible";

/** A central service connects everybody with everybody, so the first lines are enough. */
const mostReached = 20;

/** Printed only if all resources are the same. */
export const nothingChanges = "no change";

/** A line for everything that is added (+), removed (-), changed (~) or kept in Azure (!); the most serious first. */
export function changeLines(change: AccessChange): string[] {
  const { services, roles, grants, kept, readers, credentials, rights, reach, altered, waivers, resources, opened } =
    change;
  const lines = <T>({ added, removed }: Difference<T>, text: (item: T) => string) => [
    ...added.map((item) => `+ ${text(item)}`),
    ...removed.map((item) => `- ${text(item)}`),
  ];
  const all = [
    ...capped(
      (opened ?? []).map((path) => `+ this change ${openedText(path)}`),
      mostReached,
      (more) => `and ${more} more paths that are opened`,
    ),
    ...(waivers ? lines(waivers, waiverText) : []),
    ...lines(
      grants,
      ({ caller, api, role, because, until }) =>
        `${caller} may call ${api} with ${role}${until ? ` until ${until}` : ""}${because ? `: ${because}` : ""}`,
    ),
    ...kept.map(
      ({ caller, api, role }) =>
        `! ${caller} may still call ${api} with ${role}: the assignment stays in Azure (retainOnDelete)`,
    ),
    ...lines(rights, String),
    ...lines(readers, (reader) => `vault reader ${reader}`),
    ...altered.map(alteredLine),
    ...lines(services, (service) => `service ${service}`),
    ...lines(roles, (role) => `app role ${role}`),
    ...lines(credentials, (credential) => `credential of ${credential}`),
    ...capped(lines(reach, String), mostReached, (more) => `and ${more} more that is reached through others`),
  ];
  const others = resourceLines(resources, (type) => !toldAsAccess.some((kind) => type.endsWith(`:${kind}`)));
  const told = [...all, ...others].map(visible);
  if (told.length > 0) return told;
  const everything = resourceLines(resources, () => true).map(visible);
  if (everything.length > 0) return everything;
  if (resources.notCompared === 0) return [nothingChanges];
  return [
    `no change of access that can be seen; of ${resources.notCompared} resources only names were compared: a program and a state write their values in different ways`,
  ];
}

const alteredLine = ({ what, from, to }: Altered): string => `~ ${what}: ${from === "" ? "" : `${from} → `}${to}`;

/** The access that these grant already has lines of its own. */
const toldAsAccess: readonly string[] = [
  "AppRoleAssignment",
  "ApplicationAppRole",
  "ApplicationPassword",
  "ApplicationCertificate",
  "ApplicationRegistration",
  "RoleAssignment",
];

function resourceLines(change: ResourceChange, isShown: (type: string) => boolean): string[] {
  const { changed } = change;
  const [added, removed] = [change.added, change.removed].map((all) => all.filter(({ type }) => isShown(type))) as [
    ChangedResource[],
    ChangedResource[],
  ];
  return [
    ...alike(changed).map((text) => `~ ${text}`),
    ...byType(added).map((text) => `+ ${text}`),
    ...byType(removed.filter(({ kept }) => !kept)).map((text) => `- ${text}`),
    ...byType(removed.filter(({ kept }) => kept)).map((text) => `! ${text}, which stays in Azure (retainOnDelete)`),
  ];
}

/** One line for all resources of a type with the same changed properties. */
function alike(changed: readonly ChangedResource[]): string[] {
  const groups = new Map<string, ChangedResource[]>();
  for (const each of changed) {
    const key = JSON.stringify([each.type, each.properties]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].map((group) => {
    const [{ type, properties }] = group as [ChangedResource, ...ChangedResource[]];
    return `${namesOf(group)} (${type}): ${properties.join(", ")}`;
  });
}

const namesOf = (resources: readonly ChangedResource[]): string =>
  capped(
    resources.map(({ name }) => name),
    mostNames,
  ).join(", ");

/** One line for all resources of a type. */
function byType(resources: readonly ChangedResource[]): string[] {
  const groups = new Map<string, ChangedResource[]>();
  for (const each of resources) groups.set(each.type, [...(groups.get(each.type) ?? []), each]);
  return [...groups].map(([type, group]) => `${type}: ${namesOf(group)}`);
}

const mostNames = 3;
